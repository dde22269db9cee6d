using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>
/// A directory. Its entries keep the order in which they were made, and each the number by which a listing goes on
/// after it: entries that come and go between two parts of a listing neither repeat nor hide others.
/// </summary>
internal sealed class FolderNode(ulong inode, FolderNode? parent, LowerFolder? lower) : TreeNode(inode)
{
    // The first two are "." and "..".
    private const ulong FirstSequence = 2;

    private readonly Dictionary<byte[], FolderEntry> byName = new(NameComparer.Instance);
    private readonly List<FolderEntry> order = [];
    private HashSet<byte[]>? whiteouts;
    private ulong nextSequence = FirstSequence;

    /// <summary>The directory that holds it; null for the root.</summary>
    public FolderNode? Parent { get; set; } = parent;

    /// <summary>The directory of the base whose entries are not all known yet; null when there is none.</summary>
    public LowerFolder? Lower { get; private set; } = lower;

    public override FileType Type => FileType.Directory;

    public override ulong Size => 0;

    /// <summary>Whether it has entries; everything in the base must be known.</summary>
    public bool IsEmpty => byName.Count == 0;

    /// <summary>Whether this is some node, or lies below it.</summary>
    public bool IsWithin(TreeNode? node)
    {
        for (var above = this; above is not null; above = above.Parent)
        {
            if (above == node) return true;
        }

        return false;
    }

    /// <summary>An entry, if it is known.</summary>
    public TreeNode? Find(ReadOnlySpan<byte> name) =>
        byName.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var entry) ? entry.Node : null;

    /// <summary>Whether the base's entry of this name was removed.</summary>
    public bool IsHidden(ReadOnlySpan<byte> name) =>
        whiteouts is not null && whiteouts.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(name);

    /// <summary>Adds an entry, whose name must be free.</summary>
    public void Add(ReadOnlySpan<byte> name, TreeNode node)
    {
        var entry = new FolderEntry(name.ToArray(), node, nextSequence++);
        byName.Add(entry.Name, entry);
        order.Add(entry);
        if (node is FolderNode folder) folder.Parent = this;
    }

    /// <summary>Removes an entry; what the base has of this name stays hidden.</summary>
    public void Remove(ReadOnlySpan<byte> name)
    {
        byName.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(name, out _, out var entry);
        entry!.Node = null;
        if (Lower is not null) (whiteouts ??= new(NameComparer.Instance)).Add(entry.Name);
        if (order.Count > 16 && byName.Count < order.Count / 2) order.RemoveAll(candidate => candidate.Node is null);
    }

    /// <summary>All entries of the base are known now.</summary>
    public void Complete()
    {
        Lower = null;
        whiteouts = null;
    }

    /// <summary>Hands out entries after a cookie.</summary>
    public void List(ulong cookie, ref DirectoryEntryWriter writer)
    {
        if (cookie == 0 && !writer.TryAdd(1, Inode, FileType.Directory, "."u8)) return;
        if (cookie <= 1 && !writer.TryAdd(FirstSequence, (Parent ?? this).Inode, FileType.Directory, ".."u8)) return;
        for (var i = IndexOf(Math.Max(cookie, FirstSequence)); i < order.Count; i++)
        {
            var entry = order[i];
            if (entry.Node is not { } node) continue;
            if (!writer.TryAdd(entry.Sequence + 1, node.Inode, node.Type, entry.Name)) return;
        }
    }

    /// <summary>All that it holds.</summary>
    public IEnumerable<TreeNode> Children => byName.Values.Select(entry => entry.Node!);

    private int IndexOf(ulong sequence)
    {
        var (low, high) = (0, order.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (order[middle].Sequence < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private sealed class FolderEntry(byte[] name, TreeNode node, ulong sequence)
    {
        public byte[] Name { get; } = name;

        public TreeNode? Node { get; set; } = node;

        public ulong Sequence { get; } = sequence;
    }
}
