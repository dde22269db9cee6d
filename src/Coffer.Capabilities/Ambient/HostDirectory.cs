using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>The one place where grants become directories that a guest can use.</summary>
internal static class HostDirectory
{
    /// <summary>Opens the directories and files of a set, in the order in which guests find them.</summary>
    /// <param name="capabilities">The grants.</param>
    /// <param name="hostFolder">Where relative paths of the host start; null for where the process is.</param>
    /// <param name="clock">The guest's clock for the times of files in memory; null when it has none.</param>
    /// <param name="rootWitness">
    /// Whether there is a directory <c>/</c> where none was granted, so that paths to what was not granted are asked for.
    /// </param>
    /// <exception cref="IOException">One cannot be opened; those opened before it are closed.</exception>
    /// <exception cref="InvalidDataException">An archive is refused.</exception>
    /// <exception cref="ArgumentException">A file and a directory have the same place.</exception>
    public static IReadOnlyList<GrantedDirectory> OpenAll(
        CapabilitySet capabilities, string? hostFolder, TimeProvider? clock = null, bool rootWitness = true)
    {
        var opened = new List<GrantedDirectory>();
        try
        {
            foreach (var grant in capabilities.Of<DirectoryGrant>())
            {
                opened.Add(new GrantedDirectory(grant.GuestPath, Open(grant, hostFolder, clock, Device(opened)), grant));
            }

            var files = new GrantedFiles(opened, hostFolder, rootWitness);
            foreach (var grant in capabilities.Of<FileGrant>()) files.Add(grant);
            opened.AddRange(files.Directories());
            return opened;
        }
        catch
        {
            foreach (var directory in opened) directory.Handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens the directory of a grant.</summary>
    /// <exception cref="IOException">There is none, or it cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The archive is refused.</exception>
    public static DirectoryHandle Open(DirectoryGrant grant, string? hostFolder, TimeProvider? clock = null, ulong device = 0)
    {
        var path = grant.HostPath.Length == 0 ? "" : FullPath(grant.HostPath, hostFolder);
        return grant.Source == DirectorySource.Host
            ? Open(
                path, grant.Access, grant.WalksPaths ? PathMethod.Walk : PathMethod.Kernel,
                DirectoryQuota.Create(grant.MaximumBytes, grant.MaximumFiles))
            : new GrantedTree(clock).Open(grant, path, device);
    }

    /// <summary>Opens a directory of the host.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none, or it cannot be opened.</exception>
    public static DirectoryHandle Open(
        string path, DirectoryAccess access, PathMethod method = PathMethod.Kernel, DirectoryQuota? quota = null)
    {
        var full = Path.GetFullPath(path);
        if (!Libc.IsSupported) return PortableDirectory.OpenAmbient(full, access, quota);
        var error = LinuxDirectory.OpenAmbient(full, access, method, quota, out var directory);
        return directory ?? throw new DirectoryNotFoundException($"The directory {full} cannot be opened ({error}).");
    }

    /// <summary>A path of the host in full.</summary>
    public static string FullPath(string path, string? hostFolder) =>
        hostFolder is null ? Path.GetFullPath(path) : Path.GetFullPath(path, hostFolder);

    // Numbers that the host's devices do not have, the same in every run.
    private static ulong Device(List<GrantedDirectory> opened) => (1UL << 63) | (uint)opened.Count;
}
