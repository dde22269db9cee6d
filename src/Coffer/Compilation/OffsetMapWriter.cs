namespace Coffer.Compilation;

/// <summary>
/// Records which CIL came from which wasm instruction, for backtraces: for each method a run of pairs of deltas.
/// </summary>
internal sealed class OffsetMapWriter(int capacity)
{
    private byte[] bytes = new byte[Math.Max(capacity, 1 << 12)];
    private int length;
    private int start;
    private int lastIl, lastWasm;

    /// <summary>The pairs of all methods so far.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    /// <summary>Forgets all methods.</summary>
    public void Clear() => length = 0;

    /// <summary>Begins a method.</summary>
    public void Begin()
    {
        start = length;
        lastIl = lastWasm = 0;
    }

    public void Add(int il, int wasm)
    {
        if (length + 20 > bytes.Length) Array.Resize(ref bytes, bytes.Length * 2);

        // A taken-back simple push may move the CIL position backwards; such a pair has no code of its own.
        if (il < lastIl) return;
        var (code, instruction) = ((uint)(il - lastIl), (uint)(wasm - lastWasm));
        if ((code | instruction) < 0x80)
        {
            bytes[length++] = (byte)code;
            bytes[length++] = (byte)instruction;
        }
        else
        {
            Write(code);
            Write(instruction);
        }

        lastIl = il;
        lastWasm = wasm;
    }

    private void Write(uint value)
    {
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
    }

    /// <summary>Ends a method.</summary>
    /// <param name="prologue">The length of the code in front of its body.</param>
    /// <param name="function">The function that it came from, or -1.</param>
    public OffsetMapEntry End(int prologue, int function) => new(function, prologue, start, length - start);
}

/// <summary>The map of one method: its function, the length of its prologue, and where its pairs are.</summary>
internal readonly record struct OffsetMapEntry(int Function, int Prologue, int Start, int Length);

/// <summary>The finished maps of a module; entries are in the order of the image's method rows.</summary>
internal sealed class OffsetMap(ReadOnlyMemory<byte> bytes, OffsetMapEntry[] entries)
{
    /// <summary>The number of methods.</summary>
    public int Count => entries.Length;

    /// <summary>The pairs of all methods.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.Span;

    /// <summary>Where each method's pairs are.</summary>
    public ReadOnlySpan<OffsetMapEntry> Entries => entries;

    /// <summary>The function and the wasm offset of a place in the CIL; the offset is -1 when unknown.</summary>
    public (int Function, long Offset)? Find(int row, int ilOffset)
    {
        if ((uint)row >= (uint)entries.Length || entries[row].Length == 0) return null;
        var entry = entries[row];
        if (ilOffset < 0) return (entry.Function, -1);
        var found = -1L;
        foreach (var (il, wasm) in Pairs(row))
        {
            if (il > ilOffset && found >= 0) break;
            found = wasm;
        }

        return (entry.Function, found);
    }

    /// <summary>
    /// Where in the CIL of a method each wasm instruction begins. The CIL rises; wasm that was compiled several times
    /// appears as often.
    /// </summary>
    public IEnumerable<(long Il, long Wasm)> Pairs(int row)
    {
        var entry = entries[row];
        var (position, end) = (entry.Start, entry.Start + entry.Length);
        long il = entry.Prologue, wasm = 0;
        while (position < end)
        {
            il += Read(ref position);
            // Half a pair is in damaged records alone, in which numbers end within an entry all the same.
            if (position >= end) yield break;
            wasm = (uint)(wasm + Read(ref position));
            yield return (il, wasm);
        }
    }

    private uint Read(ref int position)
    {
        var span = bytes.Span;
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = span[position++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
