using Coffer.Types;

namespace Coffer.Binary;

/// <summary>A stretch of a memory that is to be there when an instance begins.</summary>
internal readonly record struct SnapshotBytes(int Memory, ulong Offset, byte[] Bytes);

/// <summary>
/// Writes a module again with the state of an instance as its initial one: sizes of memories, values of globals, data. All
/// other sections stay byte for byte, so that indices, names and offsets of code remain true.
/// </summary>
internal sealed class SnapshotSections(ModuleDefinition module)
{
    private const int HeaderBytes = 8;
    private const byte End = 0x0B;

    /// <summary>The size in pages of each memory that the module defines.</summary>
    public required IReadOnlyList<ulong> MemoryPages { get; init; }

    /// <summary>The initial expression of each global that the module defines; null for the one that it has.</summary>
    public required IReadOnlyList<byte[]?> Globals { get; init; }

    /// <summary>For each data segment whether instructions can still use it.</summary>
    public required IReadOnlyList<bool> IsSegmentAlive { get; init; }

    /// <summary>What the memories hold.</summary>
    public required IReadOnlyList<SnapshotBytes> Content { get; init; }

    /// <summary>The names of exports that are left out.</summary>
    public required IReadOnlySet<string> WithoutExports { get; init; }

    public byte[] Write()
    {
        var bytes = module.Bytes.Span;
        var output = new WasmWriter(bytes.Length);
        output.WriteBytes(bytes[..HeaderBytes]);
        var reader = new WasmReader(bytes);
        reader.Skip(HeaderBytes);
        var hasData = false;
        while (!reader.AtEnd)
        {
            var start = reader.Offset;
            var id = (SectionId)reader.ReadByte();
            var length = reader.ReadLength();
            reader.Skip(length);
            switch (id)
            {
                case SectionId.Memory: WriteSection(output, id, WriteMemories); break;
                case SectionId.Global: WriteSection(output, id, WriteGlobals); break;
                case SectionId.Export: WriteSection(output, id, WriteExports); break;
                case SectionId.Start: break;
                case SectionId.DataCount: WriteSection(output, id, section => section.WriteUnsigned((ulong)SegmentCount)); break;
                case SectionId.Data:
                    WriteSection(output, id, WriteData);
                    hasData = true;
                    break;
                default: output.WriteBytes(bytes[start..reader.Offset]); break;
            }
        }

        // The last of all but custom sections.
        if (!hasData && Content.Count > 0) WriteSection(output, SectionId.Data, WriteData);
        return output.ToArray();
    }

    private static void WriteSection(WasmWriter output, SectionId id, Action<WasmWriter> write)
    {
        var section = new WasmWriter();
        write(section);
        output.WriteByte((byte)id);
        output.WriteSized(section.Written);
    }

    private void WriteMemories(WasmWriter section)
    {
        section.WriteUnsigned((ulong)MemoryPages.Count);
        for (var i = 0; i < MemoryPages.Count; i++)
        {
            var type = module.Memories[module.ImportedMemories + i];
            var limits = type.Limits;
            var flags = (limits.Maximum is null ? 0 : 1) | (limits.IsShared ? 2 : 0) | (limits.Is64 ? 4 : 0) | (type.PageSizeLog2 == 16 ? 0 : 8);
            section.WriteByte((byte)flags);
            section.WriteUnsigned(MemoryPages[i]);
            if (limits.Maximum is { } maximum) section.WriteUnsigned(maximum);
            if (type.PageSizeLog2 != 16) section.WriteUnsigned((ulong)type.PageSizeLog2);
        }
    }

    private void WriteGlobals(WasmWriter section)
    {
        section.WriteUnsigned((ulong)Globals.Count);
        for (var i = 0; i < Globals.Count; i++)
        {
            var declaration = module.Globals[module.ImportedGlobals + i];
            section.WriteBytes(module.Bytes.Span[declaration.Offset..declaration.Initializer.Offset]);
            section.WriteBytes(Globals[i] ?? module.Bytes.Span.Slice(declaration.Initializer.Offset, declaration.Initializer.Length));
        }
    }

    private void WriteExports(WasmWriter section)
    {
        var kept = module.Exports.Where(export => !WithoutExports.Contains(export.Name)).ToList();
        section.WriteUnsigned((ulong)kept.Count);
        foreach (var export in kept)
        {
            section.WriteSized(System.Text.Encoding.UTF8.GetBytes(export.Name));
            section.WriteByte((byte)export.Kind);
            section.WriteUnsigned((ulong)export.Index);
        }
    }

    /// <summary>
    /// Segments keep their indices, which instructions name. An active one is used up once an instance is there, whatever it
    /// held; so it holds something of the new content now, or nothing.
    /// </summary>
    private void WriteData(WasmWriter section)
    {
        section.WriteUnsigned((ulong)SegmentCount);
        var written = 0;
        for (var i = 0; i < SegmentCount; i++)
        {
            if (i < module.Data.Length && module.Data[i] is { Mode: SegmentMode.Passive } passive)
            {
                section.WriteByte(1);
                section.WriteSized(IsSegmentAlive[i] ? module.Bytes.Span.Slice(passive.Content.Offset, passive.Content.Length) : []);
            }
            else if (written < Content.Count)
            {
                var piece = Content[written++];
                WriteActive(section, piece.Memory, piece.Offset, piece.Bytes);
            }
            else
            {
                WriteActive(section, module.Data[i].Memory, 0, []);
            }
        }
    }

    // Without a count before the code no instruction can name a segment.
    private int SegmentCount
    {
        get
        {
            var passive = module.Data.Count(segment => segment.Mode == SegmentMode.Passive);
            var needed = passive + Content.Count;
            return module.HasDataCount || passive > 0 ? Math.Max(needed, module.Data.Length) : needed;
        }
    }

    private void WriteActive(WasmWriter section, int memory, ulong offset, ReadOnlySpan<byte> bytes)
    {
        section.WriteByte((byte)(memory == 0 ? 0 : 2));
        if (memory != 0) section.WriteUnsigned((ulong)memory);
        if (module.Memories[memory].Limits.Is64)
        {
            section.WriteByte(0x42);
            section.WriteSigned((long)offset);
        }
        else
        {
            section.WriteByte(0x41);
            section.WriteSigned((int)(uint)offset);
        }

        section.WriteByte(End);
        section.WriteSized(bytes);
    }
}
