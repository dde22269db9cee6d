using Coffer.Binary;

namespace Coffer.Text;

/// <summary>A section under construction: how many entries, and their bytes.</summary>
internal sealed class SectionWriter(SectionId id)
{
    public SectionId Id => id;

    /// <summary>The number of entries.</summary>
    public uint Count { get; set; }

    /// <summary>The entries.</summary>
    public WasmWriter Entries { get; } = new();

    /// <summary>Counts an entry and returns where to write it.</summary>
    public WasmWriter Add()
    {
        Count++;
        return Entries;
    }
}

/// <summary>The sections of a module in the order of the binary format (specification, section 5.5.2).</summary>
internal sealed class ModuleSections
{
    private readonly SectionWriter[] order;

    public ModuleSections() => order =
    [
        Types, Imports, Functions, Tables, Memories, Tags, Globals, Exports, Start, Elements, DataCount, Code, Data,
    ];

    public SectionWriter Types { get; } = new(SectionId.Type);
    public SectionWriter Imports { get; } = new(SectionId.Import);
    public SectionWriter Functions { get; } = new(SectionId.Function);
    public SectionWriter Tables { get; } = new(SectionId.Table);
    public SectionWriter Memories { get; } = new(SectionId.Memory);
    public SectionWriter Tags { get; } = new(SectionId.Tag);
    public SectionWriter Globals { get; } = new(SectionId.Global);
    public SectionWriter Exports { get; } = new(SectionId.Export);
    /// <summary>The start function's index; its count is 1 when there is one.</summary>
    public SectionWriter Start { get; } = new(SectionId.Start);
    public SectionWriter Elements { get; } = new(SectionId.Element);
    /// <summary>The number of data segments; its count is 1 when it is needed.</summary>
    public SectionWriter DataCount { get; } = new(SectionId.DataCount);
    public SectionWriter Code { get; } = new(SectionId.Code);
    public SectionWriter Data { get; } = new(SectionId.Data);

    /// <summary>The module, with custom sections where they were asked for.</summary>
    public byte[] Assemble(IReadOnlyList<CustomSectionText> customSections)
    {
        var module = new WasmWriter(order.Sum(section => section.Entries.Length) + 256);
        module.WriteBytes("\0asm\u0001\0\0\0"u8);
        WriteCustom(module, customSections, CustomPlace.First);
        foreach (var section in order)
        {
            WriteCustom(module, customSections, CustomPlace.Before(section.Id));
            WriteSection(module, section);
            WriteCustom(module, customSections, CustomPlace.After(section.Id));
        }

        WriteCustom(module, customSections, CustomPlace.Last);
        return module.ToArray();
    }

    private static void WriteSection(WasmWriter module, SectionWriter section)
    {
        if (section.Count == 0) return;
        module.WriteByte((byte)section.Id);
        if (section.Id is SectionId.Start or SectionId.DataCount)
        {
            // One number, and no count before it.
            module.WriteSized(section.Entries.Written);
            return;
        }

        var count = new WasmWriter(5);
        count.WriteUnsigned(section.Count);
        module.WriteUnsigned((ulong)count.Length + (ulong)section.Entries.Length);
        module.WriteBytes(count.Written);
        module.WriteBytes(section.Entries.Written);
    }

    private static void WriteCustom(WasmWriter module, IReadOnlyList<CustomSectionText> sections, CustomPlace place)
    {
        foreach (var section in sections)
        {
            if (section.Place != place) continue;
            var content = new WasmWriter();
            content.WriteSized(section.Name);
            content.WriteBytes(section.Content);
            module.WriteByte((byte)SectionId.Custom);
            module.WriteSized(content.Written);
        }
    }
}

/// <summary>A custom section as the text gives it.</summary>
internal sealed record CustomSectionText(byte[] Name, CustomPlace Place, byte[] Content);

/// <summary>
/// Where a custom section goes: before or after the section of an id, or at either end of the module.
/// </summary>
internal readonly record struct CustomPlace(bool IsAfter, SectionId Section)
{
    // A custom section is placed by another one, never by its own kind.
    private const SectionId Everything = SectionId.Custom;

    public static CustomPlace First => new(false, Everything);

    public static CustomPlace Last => new(true, Everything);

    public static CustomPlace Before(SectionId section) => new(false, section);

    public static CustomPlace After(SectionId section) => new(true, section);
}
