using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>A file, directory or link of a <see cref="FileTree"/>. Used under the tree's lock only.</summary>
internal abstract class TreeNode(ulong inode)
{
    /// <summary>The number that tells it from the others of the tree.</summary>
    public ulong Inode { get; } = inode;

    /// <summary>How many names it has; 0 when it was removed.</summary>
    public ulong Links { get; set; } = 1;

    /// <summary>How many of its names are counted by the quota of the tree.</summary>
    public long ChargedNames { get; set; }

    public ulong Accessed { get; set; }

    public ulong Modified { get; set; }

    public ulong Changed { get; set; }

    public abstract FileType Type { get; }

    public abstract ulong Size { get; }

    /// <summary>Takes over the times of what it stands for.</summary>
    public void SetTimes(ulong accessed, ulong modified, ulong changed) =>
        (Accessed, Modified, Changed) = (accessed, modified, changed);
}
