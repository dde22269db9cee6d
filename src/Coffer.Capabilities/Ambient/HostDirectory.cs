using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where a path of the host becomes a directory that a guest can use.</summary>
internal static class HostDirectory
{
    /// <summary>Opens a directory of the host.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none, or it cannot be opened.</exception>
    public static DirectoryHandle Open(string path, DirectoryAccess access, PathMethod method = PathMethod.Kernel)
    {
        var full = Path.GetFullPath(path);
        if (!Libc.IsSupported) return PortableDirectory.OpenAmbient(full, access);
        var error = LinuxDirectory.OpenAmbient(full, access, method, out var directory);
        return directory ?? throw new DirectoryNotFoundException($"The directory {full} cannot be opened ({error}).");
    }
}
