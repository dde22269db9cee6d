using System.Buffers.Binary;
using Coffer.Instructions;

namespace Coffer.Validation;

/// <summary>Bounds of lane immediates.</summary>
internal static class LaneRules
{
    public static void Check(FunctionValidator validator, ref readonly Instruction instruction)
    {
        if (instruction.Info.Immediates == ImmediateShape.Shuffle)
        {
            CheckShuffle(validator, in instruction);
        }
        else if (instruction.Lane >= Lanes(instruction.Info.Mnemonic))
        {
            validator.Fail("invalid lane index");
        }
    }

    /// <summary>The number of lanes of a shape is what follows the x in the mnemonic: i8x16, i32x4.</summary>
    private static int Lanes(string mnemonic)
    {
        var start = mnemonic.IndexOf('x') + 1;
        return int.Parse(mnemonic.AsSpan(start, mnemonic.IndexOf('.') - start));
    }

    private static void CheckShuffle(FunctionValidator validator, ref readonly Instruction instruction)
    {
        Span<byte> lanes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(lanes, instruction.Bits);
        BinaryPrimitives.WriteUInt64LittleEndian(lanes[8..], instruction.BitsHigh);
        foreach (var lane in lanes)
        {
            if (lane >= 32) validator.Fail("invalid lane index");
        }
    }
}
