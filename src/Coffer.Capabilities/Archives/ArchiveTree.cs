using System.Text;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Trees;

namespace Coffer.Capabilities.Archives;

/// <summary>
/// Builds the tree of an archive's entries. Archives come from strangers: an entry that names a place outside, more
/// than there may be, or a file where a directory is, makes the whole archive refused.
/// </summary>
/// <param name="tree">Where the entries go.</param>
/// <param name="maxBytes">The most that all entries may hold unpacked.</param>
/// <param name="maxEntries">The most files, directories and links.</param>
internal sealed class ArchiveTree(FileTree tree, long maxBytes, int maxEntries)
{
    private const int MaxNameBytes = 255;
    private long unpackedBytes;
    private int entries;

    public void AddFolder(string path, DateTimeOffset time)
    {
        var components = Split(path);
        if (components.Count == 0) return;
        var parent = Parent(components, path);
        var folder = parent.Find(components[^1]) switch
        {
            null => NewFolder(parent, components[^1]),
            FolderNode existing => existing,
            _ => throw new InvalidDataException($"it holds {path} twice, as a directory and as something else"),
        };
        SetTime(folder, time);
    }

    public void AddFile(string path, FileOrigin origin, DateTimeOffset time)
    {
        Charge(origin.Length);
        Place(path, new FileNode(tree.NewInode(), origin), time);
    }

    public void AddLink(string path, byte[] target, DateTimeOffset time)
    {
        if (target.Length >= GuestPath.Capacity) throw new InvalidDataException($"the link {path} leads to a name that is too long");
        Charge(target.Length);
        Place(path, new LinkNode(tree.NewInode(), target), time);
    }

    /// <summary>A further name of a file that came before.</summary>
    public void AddHardLink(string path, string existing)
    {
        var components = Split(existing);
        TreeNode? node = tree.Root;
        foreach (var name in components) node = (node as FolderNode)?.Find(name);
        if (node is not (FileNode or LinkNode)) throw new InvalidDataException($"{path} is a link to {existing}, which is no file of it");
        if (Place(path, node, null)) node.Links++;
    }

    // Of two entries with the same name the later one counts, as for those who unpack.
    private bool Place(string path, TreeNode node, DateTimeOffset? time)
    {
        var components = Split(path);
        if (components.Count == 0) throw new InvalidDataException("an entry has no name");
        var parent = Parent(components, path);
        var existing = parent.Find(components[^1]);
        if (existing is FolderNode) throw new InvalidDataException($"it holds {path} twice, as a directory and as something else");
        if (existing == node) return false;
        if (existing is not null)
        {
            parent.Remove(components[^1]);
            existing.Links--;
        }

        CountEntry();
        parent.Add(components[^1], node);
        if (time is { } modified) SetTime(node, modified);
        return true;
    }

    private FolderNode Parent(List<byte[]> components, string path)
    {
        var current = tree.Root;
        foreach (var name in components.SkipLast(1))
        {
            current = current.Find(name) switch
            {
                null => NewFolder(current, name),
                FolderNode folder => folder,
                _ => throw new InvalidDataException($"{path} lies below something that is no directory"),
            };
        }

        return current;
    }

    private FolderNode NewFolder(FolderNode parent, byte[] name)
    {
        CountEntry();
        var folder = new FolderNode(tree.NewInode(), parent, null);
        parent.Add(name, folder);
        return folder;
    }

    private static List<byte[]> Split(string path)
    {
        var components = new List<byte[]>();
        var length = 0;
        // A leading slash is dropped, as those who unpack do.
        foreach (var component in path.Split('/'))
        {
            if (component is "" or ".") continue;
            if (component == "..") throw new InvalidDataException($"the entry {path} leads out of it");
            var name = Encoding.UTF8.GetBytes(component);
            length += name.Length + 1;
            if (name.Length > MaxNameBytes || length >= GuestPath.Capacity || name.Contains((byte)0))
            {
                throw new InvalidDataException("the name of an entry is too long, or none");
            }

            components.Add(name);
        }

        return components;
    }

    private void Charge(long bytes)
    {
        if (bytes < 0 || bytes > maxBytes - unpackedBytes)
        {
            throw new InvalidDataException($"unpacked it has more than {ByteSize.Format(maxBytes)}");
        }

        unpackedBytes += bytes;
    }

    private void CountEntry()
    {
        if (++entries > maxEntries) throw new InvalidDataException($"it has more than {maxEntries} entries");
    }

    private static void SetTime(TreeNode node, DateTimeOffset time)
    {
        var nanoseconds = (ulong)Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks) * 100;
        node.SetTimes(nanoseconds, nanoseconds, nanoseconds);
    }
}
