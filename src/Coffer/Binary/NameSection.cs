using System.Text;

namespace Coffer.Binary;

/// <summary>What a name in the name section is for (the numbers are the subsections').</summary>
internal enum NameKind : byte
{
    Module = 0,
    Function = 1,
    Local = 2,
    Label = 3,
    Type = 4,
    Table = 5,
    Memory = 6,
    Global = 7,
    Element = 8,
    Data = 9,
    Field = 10,
    Tag = 11,
}

/// <summary>
/// The name section (specification, section 7.4.1, and the subsections of the extended-name-section proposal). For
/// people only, so it is tolerant: what is malformed ends the reading and is no error. Maps are read when first asked
/// for; control characters become U+FFFD, because names end up in logs and on terminals. Thread-safe.
/// </summary>
internal sealed class NameSection
{
    private const string SectionName = "name";

    // No index space is larger; an index beyond would only waste memory.
    private const uint MaximumIndex = 10_000_000;

    private readonly ReadOnlyMemory<byte> bytes;
    private readonly ByteRange[] subsections = new ByteRange[(int)NameKind.Tag + 1];
    private readonly Dictionary<int, ByteRange>?[] maps = new Dictionary<int, ByteRange>?[(int)NameKind.Tag + 1];

    private NameSection(ReadOnlyMemory<byte> bytes, ByteRange content)
    {
        this.bytes = bytes;
        try
        {
            ReadSubsections(content);
        }
        catch (MalformedException)
        {
            // What was found so far is used.
        }
    }

    /// <summary>The name of the module itself, or null.</summary>
    public string? ModuleName => subsections[(int)NameKind.Module] is { Length: > 0 } range ? ReadName(range.Offset) : null;

    /// <summary>A name of a module as it can be shown.</summary>
    public static string ForPeople(string name) =>
        name.Any(char.IsControl) ? string.Concat(name.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : name;

    /// <summary>The names of a module; without a name section, no names.</summary>
    public static NameSection Of(ModuleDefinition module)
    {
        foreach (var section in module.CustomSections)
        {
            if (section.Name == SectionName) return new NameSection(module.Bytes, section.Content);
        }

        return new NameSection(default, default);
    }

    /// <summary>The name of an entity of an index space, or null.</summary>
    public string? Find(NameKind kind, int index) =>
        MapOf(kind).TryGetValue(index, out var range) ? ReadName(range.Offset) : null;

    /// <summary>The name of a local or label of a function, or of a field of a type; or null.</summary>
    public string? Find(NameKind kind, int outer, int inner)
    {
        if (!MapOf(kind).TryGetValue(outer, out var range)) return null;
        var entries = new Dictionary<int, ByteRange>();
        ReadTolerantly(range, entries, isIndirect: false, only: inner);
        return entries.TryGetValue(inner, out var name) ? ReadName(name.Offset) : null;
    }

    /// <summary>The names of all locals or labels of a function, or of all fields of a type.</summary>
    public Dictionary<int, string> FindAll(NameKind kind, int outer)
    {
        var entries = new Dictionary<int, ByteRange>();
        if (MapOf(kind).TryGetValue(outer, out var range)) ReadTolerantly(range, entries, isIndirect: false);
        var names = new Dictionary<int, string>(entries.Count);
        foreach (var (inner, name) in entries)
        {
            if (ReadName(name.Offset) is { } text) names.Add(inner, text);
        }

        return names;
    }

    private void ReadSubsections(ByteRange content)
    {
        var reader = new WasmReader(bytes.Span, content);
        while (!reader.AtEnd)
        {
            var id = reader.ReadByte();
            var length = reader.ReadLength();
            if (id < subsections.Length) subsections[id] = new ByteRange(reader.Position, length);
            reader.Skip(length);
        }
    }

    private Dictionary<int, ByteRange> MapOf(NameKind kind)
    {
        if (Volatile.Read(ref maps[(int)kind]) is { } known) return known;
        var map = new Dictionary<int, ByteRange>();
        ReadTolerantly(subsections[(int)kind], map, kind is NameKind.Local or NameKind.Label or NameKind.Field);
        Volatile.Write(ref maps[(int)kind], map);
        return map;
    }

    private void ReadTolerantly(ByteRange range, Dictionary<int, ByteRange> map, bool isIndirect, int only = -1)
    {
        try
        {
            var reader = new WasmReader(bytes.Span, range);
            if (!reader.AtEnd) ReadMap(ref reader, map, isIndirect, only);
        }
        catch (MalformedException)
        {
            // What was found so far is used.
        }
    }

    // The range of an entry begins at its name (a length and bytes), or at its inner map.
    private static void ReadMap(ref WasmReader reader, Dictionary<int, ByteRange> map, bool isIndirect, int only)
    {
        var count = reader.ReadCount();
        for (var i = 0; i < count; i++)
        {
            var index = reader.ReadU32();
            var start = reader.Position;
            if (isIndirect) SkipMap(ref reader);
            else reader.Skip(reader.ReadLength());
            if (index < MaximumIndex && (only < 0 || index == only))
            {
                map.TryAdd((int)index, new ByteRange(start, reader.Position - start));
            }
        }
    }

    private static void SkipMap(ref WasmReader reader)
    {
        var count = reader.ReadCount();
        for (var i = 0; i < count; i++)
        {
            reader.ReadU32();
            reader.Skip(reader.ReadLength());
        }
    }

    private string? ReadName(int position)
    {
        var reader = new WasmReader(bytes.Span, position, bytes.Length, 0);
        try
        {
            return ForPeople(Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadLength())));
        }
        catch (MalformedException)
        {
            return null;
        }
    }
}
