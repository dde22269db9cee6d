using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where a grant becomes directories that a guest can use.</summary>
internal static class HostDirectory
{
    /// <summary>Opens the directories of a set, in the order in which guests find them.</summary>
    /// <param name="capabilities">The grants.</param>
    /// <param name="hostFolder">Where relative paths of the host start; null for where the process is.</param>
    /// <exception cref="DirectoryNotFoundException">One cannot be opened; those opened before it are closed.</exception>
    public static IReadOnlyList<GrantedDirectory> OpenAll(CapabilitySet capabilities, string? hostFolder)
    {
        var opened = new List<GrantedDirectory>();
        try
        {
            foreach (var grant in capabilities.Grants.OfType<DirectoryGrant>())
            {
                opened.Add(new GrantedDirectory(grant.GuestPath, Open(grant, hostFolder), grant));
            }

            return opened;
        }
        catch
        {
            foreach (var directory in opened) directory.Handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens the directory of a grant.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none, or it cannot be opened.</exception>
    public static DirectoryHandle Open(DirectoryGrant grant, string? hostFolder) =>
        Open(hostFolder is null ? grant.HostPath : Path.GetFullPath(grant.HostPath, hostFolder), grant.Access);

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
