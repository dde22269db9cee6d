using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Trees;

/// <summary>A symbolic link. Where it leads is looked at when it is followed.</summary>
internal sealed class LinkNode(ulong inode, byte[] target) : TreeNode(inode)
{
    public byte[] Target { get; } = target;

    public override FileType Type => FileType.SymbolicLink;

    public override ulong Size => (ulong)Target.Length;
}
