using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>Steps over immediates of a body that is not validated yet. None of this ever fails; whoever reads it again says what is wrong.</summary>
internal static class ScannedBytes
{
    /// <summary>A number of one byte; any longer one is as good as another.</summary>
    public static int ReadIndex(ReadOnlySpan<byte> bytes, ref int at)
    {
        if ((uint)at < (uint)bytes.Length && bytes[at] < 0x80) return bytes[at++];
        return (int)ReadNumber(bytes, ref at) & int.MaxValue;
    }

    /// <summary>A number without sign; its lower 63 bits.</summary>
    public static ulong ReadNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; (uint)at < (uint)bytes.Length; shift += 7)
        {
            var next = bytes[at++];
            if (shift < 63) value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }

        return value;
    }

    /// <summary>Steps over a number.</summary>
    public static void SkipNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        while ((uint)at < (uint)bytes.Length && bytes[at++] >= 0x80)
        {
        }
    }

    /// <summary>Steps over the immediates that are read in the general way; false when that fails.</summary>
    public static bool TrySkip(ReadOnlySpan<byte> bytes, int position, ref int at, FunctionCompiler compiler)
    {
        if (bytes[at - 1] is >= (byte)Opcode.Block and <= (byte)Opcode.If && (uint)at < (uint)bytes.Length && bytes[at] == 0x40)
        {
            at++;
            return true;
        }

        try
        {
            var cursor = new WasmReader(bytes, at - 1, bytes.Length, position);
            var reader = new InstructionReader(cursor, compiler.Module.Types.AsSpan(), compiler.Options.Features);
            var instruction = default(Instruction);
            reader.Read(ref instruction);
            at = reader.Reader.Position;
            return true;
        }
        catch (CofferException)
        {
            return false;
        }
    }
}
