using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>
/// A first look at a function body, before it is validated: which locals are mostly used as addresses, and which loops
/// are so short that they are worth repeating. What it finds changes how code is written, never what it does. So it may
/// guess, and need not notice that a body is invalid; it looks only where loops may be, reads each byte once and remembers
/// little.
/// </summary>
internal sealed class BodyScan
{
    // Instructions in a loop that is written out four times, or twice.
    private const int ShortLoop = 20;
    private const int MediumLoop = 32;

    // What makes a body one of many values: so many bytes that may be a tee, at least one in so many.
    private const int ManyTees = 300, TeeDistance = 12;

    // Operands that are remembered; a power of two.
    private const int Remembered = 32;

    private static ReadOnlySpan<byte> Loop => [(byte)Opcode.Loop, 0x40];

    private readonly List<(int Position, int Copies)> repeated = [];
    private readonly int[] origins = new int[Remembered * 2];
    private int[] uses = new int[64];
    private int[] addressUses = new int[64];
    private int locals;

    // Of the innermost loop that may be repeated: where its body begins (-1 when there is none), and the blocks open in it.
    private int loop, loopBlocks;

    // How many blocks are open, from the outermost loop on.
    private int depth;

    /// <summary>The loops to be written more than once: where their bodies begin, rising, and how often.</summary>
    public IReadOnlyList<(int Position, int Copies)> Repeated => repeated;

    /// <summary>Whether the body is long and keeps most of what it computes, as one round after the other of a hash does that was written out.</summary>
    public bool HasManyValues { get; private set; }

    /// <summary>Whether there seem to be loops.</summary>
    public bool HasLoops { get; private set; }

    /// <summary>Whether a local is used as an address at least as often as in other ways.</summary>
    public bool IsAddress(int local) => local < locals && addressUses[local] > 0 && addressUses[local] * 2 >= uses[local];

    /// <summary>Says that nothing is known.</summary>
    public void Clear()
    {
        repeated.Clear();
        locals = 0;
        HasManyValues = HasLoops = false;
    }

    /// <summary>Looks at a body whose locals were read already.</summary>
    /// <param name="body">The cursor, before the first instruction; the caller's stays where it is.</param>
    /// <param name="compiler">Who asks.</param>
    public void Run(WasmReader body, FunctionCompiler compiler)
    {
        Clear();
        var position = body.Position;
        var bytes = body.ReadBytes(body.Remaining);
        HasManyValues = bytes.Length >= ManyTees && bytes.Count((byte)Opcode.LocalTee) is >= ManyTees and var tees && tees * TeeDistance >= bytes.Length;
        var at = bytes.IndexOf(Loop);
        HasLoops = at >= 0;
        if (!HasLoops) return;
        Begin(compiler.Validator.Locals.Count);
        var repeats = bytes.Length <= JitLimits.LargeBody;
        var guarded = compiler.GuardedMemories.Length > 0 && compiler.GuardedMemories[0];
        var rows = ScannedOpcode.All.AsSpan();
        var origins = this.origins;
        var length = 0;

        // The operands from `floor` to `top`, of which `origins` says the locals they were read from.
        var (top, floor) = (0, 0);
        while ((uint)at < (uint)bytes.Length)
        {
            var code = bytes[at++];
            ref readonly var row = ref rows[code];
            length++;
            if (row.Shape == ScannedShape.Local)
            {
                var local = ScannedBytes.ReadIndex(bytes, ref at);
                if ((Opcode)code == Opcode.LocalGet) Count(uses, local);
                else top--;
                if ((Opcode)code != Opcode.LocalSet) origins[top++ & (Remembered - 1)] = local;
                continue;
            }

            if (row.Shape == ScannedShape.Memory)
            {
                var flags = ScannedBytes.ReadIndex(bytes, ref at);
                if (flags >= 0x40) ScannedBytes.SkipNumber(bytes, ref at);
                ScannedBytes.SkipNumber(bytes, ref at);
                var address = top - row.Operands;
                if (guarded && flags < 0x40 && address >= floor) Count(addressUses, origins[address & (Remembered - 1)]);
            }
            else if (row.Shape is ScannedShape.Index or ScannedShape.Number)
            {
                ScannedBytes.SkipNumber(bytes, ref at);
            }
            else if (row.Shape != ScannedShape.None && !ScannedBytes.TrySkip(bytes, position, ref at, compiler))
            {
                return;
            }

            // A result is of no local; where there is none, this writes to a place that nobody reads.
            top += row.Results - row.Operands;
            origins[((top - 1) & (Remembered - 1)) | (row.Results == 0 ? Remembered : 0)] = -1;
            if (top < floor) floor = top;
            if (!row.IsSpecial) continue;
            floor = top;
            FollowLoop((Opcode)code, position + at, repeats, ref length);
            if (depth > 0) continue;
            var next = bytes[at..].IndexOf(Loop);
            if (next < 0) return;
            at += next;
        }
    }

    private void Begin(int count)
    {
        locals = count;
        if (uses.Length < count)
        {
            uses = new int[count];
            addressUses = new int[count];
        }

        Array.Clear(uses, 0, count);
        Array.Clear(addressUses, 0, count);
        loop = -1;
        depth = 0;
    }

    private void Count(int[] counters, int local)
    {
        if ((uint)local < (uint)locals) counters[local]++;
    }

    /// <summary>A loop within which there is neither a loop nor a call is repeated, when it is short.</summary>
    private void FollowLoop(Opcode opcode, int position, bool repeats, ref int length)
    {
        switch (opcode)
        {
            case Opcode.Loop:
                depth++;
                loop = position;
                length = loopBlocks = 0;
                break;
            case Opcode.Block or Opcode.If:
                depth++;
                loopBlocks++;
                break;
            case Opcode.Try or Opcode.TryTable:
                depth++;
                loop = -1;
                break;
            case Opcode.Delegate:
                depth--;
                break;
            case Opcode.End:
                depth--;
                if (loop < 0 || loopBlocks-- > 0) break;
                if (repeats && length <= MediumLoop) repeated.Add((loop, length <= ShortLoop ? 4 : 2));
                loop = -1;
                break;
            case Opcode.Call or Opcode.CallIndirect or Opcode.CallRef:
                loop = -1;
                break;
        }
    }
}
