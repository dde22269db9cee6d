namespace Coffer.Fuzz.Wasi.Model;

internal enum NodeKind
{
    File,
    Folder,
    Link,
}

/// <summary>A file, a folder or a link of the model.</summary>
internal sealed class ModelNode(NodeKind kind)
{
    public NodeKind Kind => kind;

    public byte[] Content { get; set; } = [];

    public string Target { get; init; } = "";

    public SortedDictionary<string, ModelNode> Children { get; } = new(StringComparer.Ordinal);

    public ModelNode? Parent { get; private set; }

    /// <summary>How many names it has; a folder that has none is removed, but may still be open.</summary>
    public int Links { get; private set; }

    public bool IsRemoved => Parent is not null && Links == 0;

    public void Add(string name, ModelNode child)
    {
        Children.Add(name, child);
        child.Links++;
        child.Parent = this;
    }

    public void Remove(string name)
    {
        Children.Remove(name, out var child);
        child!.Links--;
    }

    public bool IsWithin(ModelNode folder)
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            if (node == folder) return true;
        }

        return false;
    }

    public void Write(ReadOnlySpan<byte> bytes, int offset)
    {
        if (offset + bytes.Length > Content.Length) Resize(offset + bytes.Length);
        bytes.CopyTo(Content.AsSpan(offset));
    }

    public void Resize(int length)
    {
        var content = new byte[length];
        Content.AsSpan(0, Math.Min(length, Content.Length)).CopyTo(content);
        Content = content;
    }
}
