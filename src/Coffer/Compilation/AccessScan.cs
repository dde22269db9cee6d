using System.Runtime.InteropServices;
using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>
/// A first look at a function body whose memory has bounds checks: where locals are written last, and how far a first access
/// through a local may look ahead. It may do so over a stretch in which nothing can be seen from outside but the trap: then one
/// check of the largest extent in the stretch traps exactly when one of the accesses would.
/// </summary>
internal sealed class AccessScan
{
    private readonly List<Stretch> stretches = [];
    private LocalState[] states = new LocalState[64];
    private (int Local, int Version)[] operands = new (int, int)[64];
    private int locals;

    // Counts the places that stretches do not pass.
    private int barriers;

    /// <summary>The accesses from <paramref name="Position"/> on through one value of a local: they end at most so far behind it.</summary>
    private record struct Stretch(int Position, ulong Extent);

    /// <param name="Version">How often the local was written.</param>
    /// <param name="Stretch">The last stretch of this version.</param>
    /// <param name="Barriers">Which one it is in.</param>
    /// <param name="LastWrite">Where it was written last.</param>
    private record struct LocalState(int Version, int Stretch, int Barriers, int LastWrite);

    /// <summary>Looks at a body.</summary>
    /// <param name="body">The cursor, before the first instruction; the caller's stays where it is.</param>
    /// <param name="compiler">Who asks.</param>
    /// <returns>Whether the body could be read to its end; if not, it is malformed.</returns>
    public bool Run(WasmReader body, FunctionCompiler compiler)
    {
        Begin(compiler.Validator.Locals.Count);

        // While another thread makes a shared memory larger, a later access may be inside where an earlier look was not.
        var looksAhead = !compiler.Module.Memories[0].Limits.IsShared;
        var position = body.Position;
        var bytes = body.ReadBytes(body.Remaining);
        var rows = ScannedOpcode.All.AsSpan();

        // The operands from `floor` to `top` were followed.
        var (top, floor) = (0, 0);
        for (var at = 0; (uint)at < (uint)bytes.Length;)
        {
            var start = position + at;
            var code = bytes[at++];
            ref readonly var row = ref rows[code];
            if (row.Shape == ScannedShape.Local)
            {
                var local = ScannedBytes.ReadIndex(bytes, ref at);
                if ((uint)local >= (uint)locals) return false;
                if ((Opcode)code != Opcode.LocalGet)
                {
                    Write(local, start);
                    top = Math.Max(top - 1, 0);
                    floor = Math.Min(floor, top);
                }

                if ((Opcode)code == Opcode.LocalSet) continue;
                if (top == operands.Length) Array.Resize(ref operands, top * 2);
                operands[top++] = (local, states[local].Version);
                continue;
            }

            if (row.Shape == ScannedShape.Memory)
            {
                var flags = ScannedBytes.ReadIndex(bytes, ref at);
                if (flags >= 0x40) ScannedBytes.SkipNumber(bytes, ref at);
                var offset = ScannedBytes.ReadNumber(bytes, ref at);
                var address = top - row.Operands;
                if (looksAhead && flags < 0x40 && offset <= uint.MaxValue && address >= floor) Access(operands[address], start, offset + row.Width);
            }
            else if (row.Shape is ScannedShape.Index or ScannedShape.Number)
            {
                ScannedBytes.SkipNumber(bytes, ref at);
            }
            else if (row.Shape != ScannedShape.None && !ScannedBytes.TrySkip(bytes, position, ref at, compiler))
            {
                return false;
            }

            if (IsBarrier((Opcode)code, in row)) barriers++;
            var below = Math.Max(top - row.Operands, 0);
            top = below + row.Results;
            if (top > operands.Length) Array.Resize(ref operands, top * 2);
            if (row.Results > 0) operands[below] = (-1, 0);
            floor = row.IsSpecial ? top : Math.Min(floor, below);
        }

        return true;
    }

    /// <summary>How far accesses may be looked at ahead, from the address of that at an offset; 0 when it is not the first of its stretch.</summary>
    public ulong Extent(int offset)
    {
        var (low, high) = (0, stretches.Count - 1);
        var span = CollectionsMarshal.AsSpan(stretches);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (span[middle].Position == offset) return span[middle].Extent;
            if (span[middle].Position < offset) low = middle + 1;
            else high = middle - 1;
        }

        return 0;
    }

    /// <summary>Where a local is written last; -1 when it never is.</summary>
    public int LastWrite(uint local) => states[local].LastWrite;

    private void Begin(int count)
    {
        stretches.Clear();
        barriers = 0;
        locals = count;
        if (states.Length < count) states = new LocalState[count];
        states.AsSpan(0, count).Fill(new LocalState(0, -1, 0, -1));
    }

    private void Write(int local, int position)
    {
        ref var state = ref states[local];
        state.Version++;
        state.Stretch = -1;
        state.LastWrite = position;
    }

    private void Access((int Local, int Version) address, int position, ulong extent)
    {
        if (address.Local < 0) return;
        ref var state = ref states[address.Local];
        if (state.Version != address.Version) return;
        if (state.Stretch >= 0 && state.Barriers == barriers)
        {
            ref var stretch = ref CollectionsMarshal.AsSpan(stretches)[state.Stretch];
            stretch.Extent = Math.Max(stretch.Extent, extent);
            return;
        }

        state.Stretch = stretches.Count;
        state.Barriers = barriers;
        stretches.Add(new Stretch(position, extent));
    }

    /// <summary>What writes, leaves, or traps for another reason; a store may be the last access of a stretch. Prefixed instructions are not looked at.</summary>
    private static bool IsBarrier(Opcode opcode, ref readonly ScannedOpcode row) => opcode switch
    {
        Opcode.Block or Opcode.Nop or Opcode.F32Const or Opcode.F64Const => false,
        Opcode.GlobalSet => true,
        >= Opcode.I32DivS and <= Opcode.I32RemU or >= Opcode.I64DivS and <= Opcode.I64RemU => true,
        >= Opcode.I32TruncF32S and <= Opcode.I32TruncF64U or >= Opcode.I64TruncF32S and <= Opcode.I64TruncF64U => true,
        _ => row.IsSpecial || row.Shape == ScannedShape.Other || (row.Width > 0 && row.Results == 0),
    };
}
