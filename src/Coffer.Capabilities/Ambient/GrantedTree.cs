using Coffer.Capabilities.Archives;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Ambient;

/// <summary>Opens granted directories that are, wholly or in part, in memory.</summary>
/// <param name="clock">The guest's clock for the times of files; null when it has none.</param>
internal sealed class GrantedTree(TimeProvider? clock)
{
    /// <summary>What a directory in memory holds at most when its grant does not say.</summary>
    public const long DefaultBytes = 64L << 20;

    /// <summary>How many files, directories and links it holds at most when its grant does not say.</summary>
    public const long DefaultFiles = 1 << 16;

    /// <exception cref="IOException">The base or the archive cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The archive is refused.</exception>
    public DirectoryHandle Open(DirectoryGrant grant, string hostPath, ulong device)
    {
        var quota = new DirectoryQuota(
            grant.MaximumBytes ?? DefaultBytes, grant.MaximumFiles ?? DefaultFiles,
            grant.MaximumBytes is null && grant.MaximumFiles is null ? Errno.NoSpace : Errno.DiskQuota);
        if (grant.Source == DirectorySource.Memory) return new TreeDirectory(new FileTree(device, quota, clock), grant.Access);
        if (grant.Source == DirectorySource.Overlay && !File.Exists(hostPath)) return OpenOverlay(grant, hostPath, device, quota);
        return OpenArchive(grant, hostPath, device, quota);
    }

    private TreeDirectory OpenOverlay(DirectoryGrant grant, string hostPath, ulong device, DirectoryQuota quota)
    {
        var layer = HostDirectory.Open(hostPath, DirectoryAccess.Read);
        var tree = new FileTree(device, quota, clock, new LowerFolder(layer, []));
        tree.Own(layer);
        return new TreeDirectory(tree, grant.Access);
    }

    private TreeDirectory OpenArchive(DirectoryGrant grant, string hostPath, ulong device, DirectoryQuota quota)
    {
        if (!File.Exists(hostPath)) throw new FileNotFoundException($"The archive {hostPath} does not exist.", hostPath);
        var stream = new FileStream(hostPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var tree = new FileTree(device, quota, clock);
            tree.Own(stream);
            ArchiveFile.Load(stream, hostPath, tree);
            // Of an archive itself nothing can be changed, whatever the grant says.
            var access = grant.Source == DirectorySource.Archive ? grant.Access & DirectoryAccess.Read : grant.Access;
            return new TreeDirectory(tree, access);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
