using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // Floating-point arithmetic and conversions.
    private static VectorIntrinsic[] Floats =>
    [
        // Floating point.
        Op(F32x4Add, Operator("op_Addition", F32)),
        Op(F32x4Sub, Operator("op_Subtraction", F32)),
        Op(F32x4Mul, Operator("op_Multiply", F32)),
        Op(F32x4Div, Operator("op_Division", F32)),
        Op(F32x4Abs, Bits(int.MaxValue), Operator("op_BitwiseAnd", U8)),
        Op(F32x4Neg, Bits(int.MinValue), Operator("op_ExclusiveOr", U8)),
        Op(F32x4Sqrt, Generic("Sqrt", F32)),
        Op(F32x4Ceil, Vector("Ceiling", VF32)),
        Op(F32x4Floor, Vector("Floor", VF32)),
        Op(F32x4Trunc, Vector("Truncate", VF32)),
        Op(F32x4Nearest, Vector("Round", VF32)),
        Op(F32x4Pmin, Sse2.IsSupported, Take(2), Get(1), Get(0), Plain<Sse>("Min", VF32, VF32)),
        Op(F32x4Pmax, Sse2.IsSupported, Take(2), Get(1), Get(0), Plain<Sse>("Max", VF32, VF32)),
        Op(F32x4Min, Sse41.IsSupported, Extremum<Sse>("Min", "op_BitwiseOr", F32, VF32)),
        Op(F32x4RelaxedMin, Sse41.IsSupported, Extremum<Sse>("Min", "op_BitwiseOr", F32, VF32)),
        Op(F32x4Max, Sse41.IsSupported, Extremum<Sse>("Max", "op_BitwiseAnd", F32, VF32)),
        Op(F32x4RelaxedMax, Sse41.IsSupported, Extremum<Sse>("Max", "op_BitwiseAnd", F32, VF32)),
        Op(F32x4RelaxedMadd, Vector("FusedMultiplyAdd", VF32, VF32, VF32)),
        Op(F32x4RelaxedNmadd, Fma.IsSupported, Plain<Fma>("MultiplyAddNegated", VF32, VF32, VF32)),
        Op(F64x2Add, Operator("op_Addition", F64)),
        Op(F64x2Sub, Operator("op_Subtraction", F64)),
        Op(F64x2Mul, Operator("op_Multiply", F64)),
        Op(F64x2Div, Operator("op_Division", F64)),
        Op(F64x2Abs, Bits(long.MaxValue), Operator("op_BitwiseAnd", U8)),
        Op(F64x2Neg, Bits(long.MinValue), Operator("op_ExclusiveOr", U8)),
        Op(F64x2Sqrt, Generic("Sqrt", F64)),
        Op(F64x2Ceil, Vector("Ceiling", VF64)),
        Op(F64x2Floor, Vector("Floor", VF64)),
        Op(F64x2Trunc, Vector("Truncate", VF64)),
        Op(F64x2Nearest, Vector("Round", VF64)),
        Op(F64x2Pmin, Sse2.IsSupported, Take(2), Get(1), Get(0), Plain<Sse2>("Min", VF64, VF64)),
        Op(F64x2Pmax, Sse2.IsSupported, Take(2), Get(1), Get(0), Plain<Sse2>("Max", VF64, VF64)),
        Op(F64x2Min, Sse41.IsSupported, Extremum<Sse2>("Min", "op_BitwiseOr", F64, VF64)),
        Op(F64x2RelaxedMin, Sse41.IsSupported, Extremum<Sse2>("Min", "op_BitwiseOr", F64, VF64)),
        Op(F64x2Max, Sse41.IsSupported, Extremum<Sse2>("Max", "op_BitwiseAnd", F64, VF64)),
        Op(F64x2RelaxedMax, Sse41.IsSupported, Extremum<Sse2>("Max", "op_BitwiseAnd", F64, VF64)),
        Op(F64x2RelaxedMadd, Vector("FusedMultiplyAdd", VF64, VF64, VF64)),
        Op(F64x2RelaxedNmadd, Fma.IsSupported, Plain<Fma>("MultiplyAddNegated", VF64, VF64, VF64)),

        // Conversions.
        Op(F32x4ConvertI32x4S, Vector("ConvertToSingle", VI32)),
        Op(F32x4ConvertI32x4U, Avx512F.VL.IsSupported ? [Vector("ConvertToSingle", VU32)] : UnsignedToSingle),
        Op(I32x4TruncSatF32x4S, Vector("ConvertToInt32", VF32)),
        Op(I32x4TruncSatF32x4U, Avx512F.VL.IsSupported, Vector("ConvertToUInt32", VF32)),
        Op(I32x4TruncSatF64x2UZero, Sse41.IsSupported, UnsignedDoubles),
        Op(I32x4TruncSatF64x2SZero, Sse2.IsSupported, TruncatedDoubles),
        Op(I32x4RelaxedTruncF32x4S, Vector("ConvertToInt32", VF32)),
        Op(I32x4RelaxedTruncF32x4U, Avx512F.VL.IsSupported, Vector("ConvertToUInt32", VF32)),
        Op(I32x4RelaxedTruncF64x2UZero, Sse41.IsSupported, UnsignedDoubles),
        Op(I32x4RelaxedTruncF64x2SZero, Sse2.IsSupported, TruncatedDoubles),
        Op(F64x2ConvertLowI32x4S, Sse2.IsSupported, Plain<Sse2>("ConvertToVector128Double", VI32)),
        Op(F64x2ConvertLowI32x4U, LowUnsignedToDouble),
        Op(F32x4DemoteF64x2Zero, Sse2.IsSupported, Plain<Sse2>("ConvertToVector128Single", VF64)),
        Op(F64x2PromoteLowF32x4, Sse2.IsSupported, Plain<Sse2>("ConvertToVector128Double", VF32)),
    ];

    private static Vector128<byte> Bits(int lane) => Vector128.Create(lane).AsByte();

    private static Vector128<byte> Bits(long lane) => Vector128.Create(lane).AsByte();
}
