using System.Numerics;
using System.Reflection.Metadata;
using System.Runtime.Intrinsics.X86;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;
using static Coffer.Compilation.Emitters.IntrinsicMethod;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// Scalar instructions that the compiler writes without a call to <c>Runtime.Semantics</c>, which they equal: with the
/// platform's methods that RyuJIT recognizes, for the reason given at <see cref="VectorIntrinsics"/>, and with CIL.
/// A rotation is recognized where its count is constant. Where it is not, the platform's would be a call in code that is compiled
/// ahead, so it is one of the semantics, which is inlined; <see cref="RotationGuard"/> says why an "and" follows.
/// </summary>
internal static class ScalarIntrinsics
{
    private static readonly Type I32 = typeof(int), I64 = typeof(long), U32 = typeof(uint), U64 = typeof(ulong);
    private static readonly Type F32 = typeof(float), F64 = typeof(double);

    private static readonly OpcodeMap<IntrinsicStep[]> Rows = Map(
    [
        // Integers.
        Op(Opcode.I32Clz, Plain(typeof(BitOperations), "LeadingZeroCount", U32)),
        Op(Opcode.I32Ctz, Plain(typeof(BitOperations), "TrailingZeroCount", U32)),
        Op(Opcode.I32Popcnt, Plain(typeof(BitOperations), "PopCount", U32)),
        Op(Opcode.I32Rotl, Plain(typeof(BitOperations), "RotateLeft", U32, I32), ILOpCode.Ldc_i4_m1, ILOpCode.And),
        Op(Opcode.I32Rotr, Plain(typeof(BitOperations), "RotateRight", U32, I32), ILOpCode.Ldc_i4_m1, ILOpCode.And),
        Op(Opcode.I32Extend8S, ILOpCode.Conv_i1),
        Op(Opcode.I32Extend16S, ILOpCode.Conv_i2),
        Op(Opcode.I64Clz, Plain(typeof(BitOperations), "LeadingZeroCount", U64), ILOpCode.Conv_i8),
        Op(Opcode.I64Ctz, Plain(typeof(BitOperations), "TrailingZeroCount", U64), ILOpCode.Conv_i8),
        Op(Opcode.I64Popcnt, Plain(typeof(BitOperations), "PopCount", U64), ILOpCode.Conv_i8),
        Op(Opcode.I64Rotl, ILOpCode.Conv_i4, Plain(typeof(BitOperations), "RotateLeft", U64, I32),
            ILOpCode.Ldc_i4_m1, ILOpCode.Conv_i8, ILOpCode.And),
        Op(Opcode.I64Rotr, ILOpCode.Conv_i4, Plain(typeof(BitOperations), "RotateRight", U64, I32),
            ILOpCode.Ldc_i4_m1, ILOpCode.Conv_i8, ILOpCode.And),
        Op(Opcode.I64Extend8S, ILOpCode.Conv_i1, ILOpCode.Conv_i8),
        Op(Opcode.I64Extend16S, ILOpCode.Conv_i2, ILOpCode.Conv_i8),
        Op(Opcode.I64Extend32S, ILOpCode.Conv_i4, ILOpCode.Conv_i8),

        // Floating point.
        Op(Opcode.F32Abs, Plain(typeof(MathF), "Abs", F32)),
        Op(Opcode.F32Neg, ILOpCode.Neg),
        Op(Opcode.F32Ceil, Plain(typeof(MathF), "Ceiling", F32)),
        Op(Opcode.F32Floor, Plain(typeof(MathF), "Floor", F32)),
        Op(Opcode.F32Trunc, Plain(typeof(MathF), "Truncate", F32)),
        Op(Opcode.F32Nearest, Plain(typeof(MathF), "Round", F32)),
        Op(Opcode.F32Sqrt, Plain(typeof(MathF), "Sqrt", F32)),
        Op(Opcode.F64Abs, Plain(typeof(Math), "Abs", F64)),
        Op(Opcode.F64Neg, ILOpCode.Neg),
        Op(Opcode.F64Ceil, Plain(typeof(Math), "Ceiling", F64)),
        Op(Opcode.F64Floor, Plain(typeof(Math), "Floor", F64)),
        Op(Opcode.F64Trunc, Plain(typeof(Math), "Truncate", F64)),
        Op(Opcode.F64Nearest, Plain(typeof(Math), "Round", F64)),
        Op(Opcode.F64Sqrt, Plain(typeof(Math), "Sqrt", F64)),

        // Conversions. Casts to integers saturate.
        Op(Opcode.I32TruncSatF32S, ILOpCode.Conv_i4),
        Op(Opcode.I32TruncSatF32U, ILOpCode.Conv_u4),
        Op(Opcode.I32TruncSatF64S, ILOpCode.Conv_i4),
        Op(Opcode.I32TruncSatF64U, ILOpCode.Conv_u4),
        Op(Opcode.I64TruncSatF32S, ILOpCode.Conv_i8),
        Op(Opcode.I64TruncSatF32U, ILOpCode.Conv_u8),
        Op(Opcode.I64TruncSatF64S, ILOpCode.Conv_i8),
        Op(Opcode.I64TruncSatF64U, ILOpCode.Conv_u8),
        Op(Opcode.F32ConvertI32S, ILOpCode.Conv_r4),
        Op(Opcode.F32ConvertI32U, ILOpCode.Conv_u8, ILOpCode.Conv_r4),
        Op(Opcode.F32ConvertI64S, ILOpCode.Conv_r4),
        Op(Opcode.F64ConvertI32S, ILOpCode.Conv_r8),
        Op(Opcode.F64ConvertI32U, ILOpCode.Conv_u8, ILOpCode.Conv_r8),
        Op(Opcode.F64ConvertI64S, ILOpCode.Conv_r8),
        Op(Opcode.F64ConvertI64U, ILOpCode.Conv_r_un, ILOpCode.Conv_r8),
        Op(Opcode.F64PromoteF32, ILOpCode.Conv_r8),
        Op(Opcode.I32ReinterpretF32, Plain(typeof(BitConverter), "SingleToInt32Bits", F32)),
        Op(Opcode.I64ReinterpretF64, Plain(typeof(BitConverter), "DoubleToInt64Bits", F64)),
        Op(Opcode.F32ReinterpretI32, Plain<Sse2>("ConvertScalarToVector128Int32", I32), Generic("ToScalar", F32)),
        Op(Opcode.F64ReinterpretI64, Plain<Sse2.X64>("ConvertScalarToVector128Int64", I64), Generic("ToScalar", F64)),
    ]);

    // Where the count is no constant.
    private static readonly OpcodeMap<IntrinsicStep[]> VariableRotations = Map(
    [
        Op(Opcode.I32Rotl, Plain(typeof(IntegerOps), nameof(IntegerOps.I32Rotl), I32, I32), ILOpCode.Ldc_i4_m1, ILOpCode.And),
        Op(Opcode.I32Rotr, Plain(typeof(IntegerOps), nameof(IntegerOps.I32Rotr), I32, I32), ILOpCode.Ldc_i4_m1, ILOpCode.And),
        Op(Opcode.I64Rotl, Plain(typeof(IntegerOps), nameof(IntegerOps.I64Rotl), I64, I64),
            ILOpCode.Ldc_i4_m1, ILOpCode.Conv_i8, ILOpCode.And),
        Op(Opcode.I64Rotr, Plain(typeof(IntegerOps), nameof(IntegerOps.I64Rotr), I64, I64),
            ILOpCode.Ldc_i4_m1, ILOpCode.Conv_i8, ILOpCode.And),
    ]);

    /// <summary>The steps for a rotation whose count is not known; null for any other instruction.</summary>
    public static IntrinsicStep[]? FindVariableRotation(Opcode opcode) => VariableRotations.Find(opcode);

    /// <summary>The steps for an instruction whose operands are on the stack; null when it is to be a call.</summary>
    public static IntrinsicStep[]? Find(Opcode opcode) =>
        opcode is Opcode.F32ReinterpretI32 or Opcode.F64ReinterpretI64 && !Sse2.X64.IsSupported
            ? null
            : Rows.Find(opcode);

    private static ScalarIntrinsic Op(Opcode opcode, params IntrinsicStep[] steps) => new(opcode, steps);

    private static OpcodeMap<IntrinsicStep[]> Map(ScalarIntrinsic[] rows)
    {
        var map = new OpcodeMap<IntrinsicStep[]>();
        foreach (var row in rows) map.Add(row.Opcode, row.Steps);
        return map;
    }

    private readonly record struct ScalarIntrinsic(Opcode Opcode, IntrinsicStep[] Steps);
}
