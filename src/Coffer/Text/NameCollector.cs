using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// Gathers names for the name section (specification, appendix, section 7.5.1): those of <c>@name</c> annotations, and
/// if asked for, the identifiers.
/// </summary>
internal sealed class NameCollector(bool useIdentifiers)
{
    // By subsection; locals, labels and fields are further grouped by function or type.
    private readonly List<Entry>[] names = [.. Enumerable.Range(0, 12).Select(_ => new List<Entry>())];

    /// <summary>Notes the name of an item. An annotation goes before an identifier.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="index">Its index.</param>
    /// <param name="identifier">Its identifier, if it has one.</param>
    /// <param name="annotation">Its annotation, if it has one.</param>
    /// <param name="parent">The function of a local or label, the type of a field.</param>
    public void Add(NameKind kind, uint index, byte[]? identifier, byte[]? annotation, uint parent = 0)
    {
        var name = annotation ?? (useIdentifiers ? identifier : null);
        if (name is not null) names[(int)kind].Add(new Entry(parent, index, name));
    }

    /// <summary>The name section's content, or null when there are no names.</summary>
    public byte[]? Encode()
    {
        var content = new WasmWriter();
        var subsection = new WasmWriter();
        for (var kind = NameKind.Module; kind <= NameKind.Tag; kind++)
        {
            var entries = names[(int)kind];
            if (entries.Count == 0) continue;
            subsection.Clear();
            if (kind == NameKind.Module) subsection.WriteSized(entries[^1].Name);
            else if (kind is NameKind.Local or NameKind.Label or NameKind.Field) WriteNested(subsection, entries);
            else WriteMap(subsection, entries);
            content.WriteByte((byte)kind);
            content.WriteSized(subsection.Written);
        }

        return content.Length == 0 ? null : content.ToArray();
    }

    private static void WriteNested(WasmWriter output, List<Entry> entries)
    {
        var groups = entries.GroupBy(entry => entry.Parent).OrderBy(group => group.Key).ToList();
        output.WriteUnsigned((ulong)groups.Count);
        foreach (var group in groups)
        {
            output.WriteUnsigned(group.Key);
            WriteMap(output, [.. group]);
        }
    }

    private static void WriteMap(WasmWriter output, List<Entry> entries)
    {
        output.WriteUnsigned((ulong)entries.Count);
        foreach (var entry in entries.OrderBy(entry => entry.Index))
        {
            output.WriteUnsigned(entry.Index);
            output.WriteSized(entry.Name);
        }
    }

    private readonly record struct Entry(uint Parent, uint Index, byte[] Name);
}
