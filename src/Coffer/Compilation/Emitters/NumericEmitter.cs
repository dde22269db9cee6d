using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Numbers and vectors. What is one or a few CIL instructions is in the table; everything else is a call of the static
/// method of that name in the semantics.
/// </summary>
internal static class NumericEmitter
{
    private static readonly byte[]?[] Cil = Table();
    private static readonly Dictionary<Opcode, MethodInfo> Methods = [];
    private static readonly Types.FunctionType Pair = new([], [ValueType.I64, ValueType.I64]);

    public static void Emit(FunctionCompiler c, ref readonly Instruction instruction)
    {
        var opcode = instruction.Opcode;
        if ((uint)opcode < 0x100 && Cil[(int)opcode] is { } bytes)
        {
            c.Il.Raw(bytes);
            return;
        }

        switch (instruction.Info.Immediates)
        {
            case ImmediateShape.I32 or ImmediateShape.I64 or ImmediateShape.F32 or ImmediateShape.F64:
                var start = c.Il.Position;
                EmitConstant(c, opcode, instruction.Bits);
                c.MarkSimple(start);
                return;
            case ImmediateShape.V128:
                EmitVector(c, instruction.Bits, instruction.BitsHigh);
                return;
            case ImmediateShape.Shuffle:
                if (IntrinsicEmitter.TryEmitShuffle(c, instruction.Bits, instruction.BitsHigh)) return;
                EmitVector(c, instruction.Bits, instruction.BitsHigh);
                break;
            case ImmediateShape.Lane:
                if (IntrinsicEmitter.TryEmitLane(c, opcode, (byte)instruction.Lane)) return;
                c.Il.LoadI4(instruction.Lane);
                break;
            case ImmediateShape.None when opcode == Opcode.Nop:
                return;
        }

        EmitOperation(c, instruction.Info);
        if (instruction.Info.ResultKinds.Length > 1) CallEmitter.UnpackResults(c, Pair);
    }

    /// <summary>An instruction that is neither CIL nor a constant: intrinsics, or a call of its semantics.</summary>
    public static void EmitOperation(FunctionCompiler c, OpcodeInfo info)
    {
        if (!IntrinsicEmitter.TryEmit(c, info.Opcode)) c.Call(Method(info));
    }

    /// <summary>A number. NaNs keep all their bits, which a floating-point constant of CIL may not.</summary>
    public static void EmitConstant(FunctionCompiler c, Opcode opcode, ulong bits)
    {
        switch (opcode)
        {
            case Opcode.I32Const:
                c.Il.LoadI4((int)bits);
                break;
            case Opcode.I64Const:
                c.Il.LoadI8((long)bits);
                break;
            case Opcode.F32Const when float.IsNaN(BitConverter.UInt32BitsToSingle((uint)bits)):
                c.Il.LoadI4((int)bits);
                c.Call(Members.Method(typeof(Conversions), nameof(Conversions.F32ReinterpretI32)));
                break;
            case Opcode.F32Const:
                c.Il.LoadR4((int)bits);
                break;
            case Opcode.F64Const when double.IsNaN(BitConverter.UInt64BitsToDouble(bits)):
                c.Il.LoadI8((long)bits);
                c.Call(Members.Method(typeof(Conversions), nameof(Conversions.F64ReinterpretI64)));
                break;
            default:
                c.Il.LoadR8((long)bits);
                break;
        }
    }

    /// <summary>A vector of any element type: RyuJIT asks only for the size.</summary>
    public static void EmitVector(FunctionCompiler c, ulong low, ulong high)
    {
        c.Il.Op(ILOpCode.Ldc_i8);
        c.Il.Raw(BitConverter.GetBytes(low));
        c.Il.Op(ILOpCode.Ldc_i8);
        c.Il.Raw(BitConverter.GetBytes(high));
        c.Call(CreateVector);
    }

    private static readonly MethodInfo CreateVector =
        typeof(Vector128).GetMethod("Create", [typeof(ulong), typeof(ulong)])!;

    /// <summary>The static method that is the meaning of an instruction.</summary>
    public static MethodInfo Method(OpcodeInfo info)
    {
        lock (Methods)
        {
            if (!Methods.TryGetValue(info.Opcode, out var method))
            {
                method = Members.Method(SemanticsOf(info), info.Opcode.ToString());
                Methods.Add(info.Opcode, method);
            }

            return method;
        }
    }

    private static Type SemanticsOf(OpcodeInfo info) => info.Feature switch
    {
        Features.Simd or Features.RelaxedSimd => typeof(VectorOps),
        Features.Threads => typeof(AtomicOps),
        Features.WideArithmetic => typeof(WideOps),
        _ when info.Mnemonic.Contains('_') && (info.Mnemonic.Contains("_f", StringComparison.Ordinal)
            || info.Mnemonic.Contains("_i", StringComparison.Ordinal)) => typeof(Conversions),
        _ when info.Mnemonic[0] == 'f' => typeof(FloatOps),
        _ => typeof(IntegerOps),
    };

    private static byte[]?[] Table()
    {
        const byte ceq = 0x01, cgt = 0x02, cgtUn = 0x03, clt = 0x04, cltUn = 0x05, zero = 0x16, two = 0xFE;
        var table = new byte[]?[0x100];
        void Op(Opcode opcode, params byte[] bytes) => table[(int)opcode] = bytes;
        void Compare(Opcode opcode, byte comparison) => Op(opcode, two, comparison);
        void Inverse(Opcode opcode, byte comparison) => Op(opcode, two, comparison, zero, two, ceq);

        Op(Opcode.I32Eqz, zero, two, ceq);
        Op(Opcode.I64Eqz, zero, 0x6A, two, ceq);
        foreach (var first in new[] { Opcode.I32Eq, Opcode.I64Eq })
        {
            Compare(first, ceq);
            Inverse(first + 1, ceq);
            Compare(first + 2, clt);
            Compare(first + 3, cltUn);
            Compare(first + 4, cgt);
            Compare(first + 5, cgtUn);
            Inverse(first + 6, cgt);
            Inverse(first + 7, cgtUn);
            Inverse(first + 8, clt);
            Inverse(first + 9, cltUn);
        }

        // The unordered comparison, inverted, is false for NaN as it must be.
        foreach (var first in new[] { Opcode.F32Eq, Opcode.F64Eq })
        {
            Compare(first, ceq);
            Inverse(first + 1, ceq);
            Compare(first + 2, clt);
            Compare(first + 3, cgt);
            Inverse(first + 4, cgtUn);
            Inverse(first + 5, cltUn);
        }

        foreach (var add in new[] { Opcode.I32Add, Opcode.I64Add })
        {
            Op(add, 0x58);
            Op(add + 1, 0x59);
            Op(add + 2, 0x5A);
            Op(add + 3, 0x5B);
            Op(add + 4, 0x5C);
            Op(add + 6, 0x5E);
            Op(add + 7, 0x5F);
            Op(add + 8, 0x60);
            Op(add + 9, 0x61);
        }

        byte[] mask32 = [0x1F, 31, 0x5F], mask64 = [0x69, 0x1F, 63, 0x5F];
        Op(Opcode.I32Shl, [.. mask32, 0x62]);
        Op(Opcode.I32ShrS, [.. mask32, 0x63]);
        Op(Opcode.I32ShrU, [.. mask32, 0x64]);
        Op(Opcode.I64Shl, [.. mask64, 0x62]);
        Op(Opcode.I64ShrS, [.. mask64, 0x63]);
        Op(Opcode.I64ShrU, [.. mask64, 0x64]);
        foreach (var add in new[] { Opcode.F32Add, Opcode.F64Add })
        {
            Op(add, 0x58);
            Op(add + 1, 0x59);
            Op(add + 2, 0x5A);
            Op(add + 3, 0x5B);
        }

        Op(Opcode.I32WrapI64, 0x69);
        Op(Opcode.I64ExtendI32S, 0x6A);
        Op(Opcode.I64ExtendI32U, 0x6E);
        Op(Opcode.F32ConvertI32S, 0x6B);
        Op(Opcode.F32ConvertI64S, 0x6B);
        Op(Opcode.F64ConvertI32S, 0x6C);
        Op(Opcode.F64ConvertI64S, 0x6C);
        Op(Opcode.I32Extend8S, 0x67);
        Op(Opcode.I32Extend16S, 0x68);
        Op(Opcode.I64Extend8S, 0x67, 0x6A);
        Op(Opcode.I64Extend16S, 0x68, 0x6A);
        Op(Opcode.I64Extend32S, 0x69, 0x6A);
        return table;
    }
}
