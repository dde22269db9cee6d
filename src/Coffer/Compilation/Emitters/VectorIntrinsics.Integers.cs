using System.Reflection.Metadata;
using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // Bits, shifts and integer arithmetic on lanes of one width.
    private static VectorIntrinsic[] Integers =>
    [
        // Bits.
        Op(V128Not, Operator("op_OnesComplement", U8)),
        Op(V128And, Operator("op_BitwiseAnd", U8)),
        Op(V128Or, Operator("op_BitwiseOr", U8)),
        Op(V128Xor, Operator("op_ExclusiveOr", U8)),
        Op(V128Andnot, Generic("AndNot", U8)),
        Op(V128Bitselect, Selection),
        Op(I8x16RelaxedLaneselect, Selection),
        Op(I16x8RelaxedLaneselect, Selection),
        Op(I32x4RelaxedLaneselect, Selection),
        Op(I64x2RelaxedLaneselect, Selection),
        Op(V128AnyTrue, Zero, Operator("op_Inequality", U8)),
        Op(I8x16AllTrue, Zero, Generic("EqualsAny", U8), ILOpCode.Ldc_i4_0, ILOpCode.Ceq),
        Op(I16x8AllTrue, Zero, Generic("EqualsAny", U16), ILOpCode.Ldc_i4_0, ILOpCode.Ceq),
        Op(I32x4AllTrue, Zero, Generic("EqualsAny", U32), ILOpCode.Ldc_i4_0, ILOpCode.Ceq),
        Op(I64x2AllTrue, Zero, Generic("EqualsAny", U64), ILOpCode.Ldc_i4_0, ILOpCode.Ceq),
        Op(I8x16Bitmask, Generic("ExtractMostSignificantBits", U8)),
        Op(I16x8Bitmask, Generic("ExtractMostSignificantBits", U16)),
        Op(I32x4Bitmask, Generic("ExtractMostSignificantBits", U32)),
        Op(I64x2Bitmask, Generic("ExtractMostSignificantBits", U64)),

        // Shifts: the operators take the count modulo the width of a lane.
        Op(I8x16Shl, Operator("op_LeftShift", U8)),
        Op(I8x16ShrU, Operator("op_UnsignedRightShift", U8)),
        Op(I8x16ShrS, Operator("op_RightShift", I8)),
        Op(I16x8Shl, Operator("op_LeftShift", U16)),
        Op(I16x8ShrU, Operator("op_UnsignedRightShift", U16)),
        Op(I16x8ShrS, Operator("op_RightShift", I16)),
        Op(I32x4Shl, Operator("op_LeftShift", U32)),
        Op(I32x4ShrU, Operator("op_UnsignedRightShift", U32)),
        Op(I32x4ShrS, Operator("op_RightShift", I32)),
        Op(I64x2Shl, Operator("op_LeftShift", U64)),
        Op(I64x2ShrU, Operator("op_UnsignedRightShift", U64)),
        Op(I64x2ShrS, Operator("op_RightShift", I64)),

        // Integer arithmetic.
        Op(I8x16Add, Operator("op_Addition", I8)),
        Op(I8x16Sub, Operator("op_Subtraction", I8)),
        Op(I8x16Neg, Operator("op_UnaryNegation", I8)),
        Op(I8x16Popcnt, Ssse3.IsSupported, BitCounts),
        Op(I8x16Abs, Generic("Abs", I8)),
        Op(I8x16AddSatS, Generic("AddSaturate", I8)),
        Op(I8x16AddSatU, Generic("AddSaturate", U8)),
        Op(I8x16SubSatS, Generic("SubtractSaturate", I8)),
        Op(I8x16SubSatU, Generic("SubtractSaturate", U8)),
        Op(I8x16AvgrU, Sse2.IsSupported, Plain<Sse2>("Average", VU8, VU8)),
        Op(I8x16MinS, Generic("Min", I8)),
        Op(I8x16MinU, Generic("Min", U8)),
        Op(I8x16MaxS, Generic("Max", I8)),
        Op(I8x16MaxU, Generic("Max", U8)),
        Op(I16x8Add, Operator("op_Addition", I16)),
        Op(I16x8Sub, Operator("op_Subtraction", I16)),
        Op(I16x8Mul, Operator("op_Multiply", I16)),
        Op(I16x8Neg, Operator("op_UnaryNegation", I16)),
        Op(I16x8Abs, Generic("Abs", I16)),
        Op(I16x8AddSatS, Generic("AddSaturate", I16)),
        Op(I16x8AddSatU, Generic("AddSaturate", U16)),
        Op(I16x8SubSatS, Generic("SubtractSaturate", I16)),
        Op(I16x8SubSatU, Generic("SubtractSaturate", U16)),
        Op(I16x8AvgrU, Sse2.IsSupported, Plain<Sse2>("Average", VU16, VU16)),
        Op(I16x8MinS, Generic("Min", I16)),
        Op(I16x8MinU, Generic("Min", U16)),
        Op(I16x8MaxS, Generic("Max", I16)),
        Op(I16x8MaxU, Generic("Max", U16)),
        Op(I32x4Add, Operator("op_Addition", I32)),
        Op(I32x4Sub, Operator("op_Subtraction", I32)),
        Op(I32x4Mul, Operator("op_Multiply", I32)),
        Op(I32x4Neg, Operator("op_UnaryNegation", I32)),
        Op(I32x4Abs, Generic("Abs", I32)),
        Op(I32x4MinS, Generic("Min", I32)),
        Op(I32x4MinU, Generic("Min", U32)),
        Op(I32x4MaxS, Generic("Max", I32)),
        Op(I32x4MaxU, Generic("Max", U32)),
        Op(I64x2Add, Operator("op_Addition", I64)),
        Op(I64x2Sub, Operator("op_Subtraction", I64)),
        Op(I64x2Mul, Operator("op_Multiply", I64)),
        Op(I64x2Neg, Operator("op_UnaryNegation", I64)),
        Op(I64x2Abs, Generic("Abs", I64)),
        Op(I16x8Q15mulrSatS, Ssse3.IsSupported, RoundedProducts),
        Op(I16x8RelaxedQ15mulrS, Ssse3.IsSupported, RoundedProducts),
        Op(I32x4DotI16x8S, Sse2.IsSupported, DotOfWords),
        Op(I16x8RelaxedDotI8x16I7x16S, Ssse3.IsSupported, Take(2), Get(1), Get(0), DotOfBytes),
        Op(I32x4RelaxedDotI8x16I7x16AddS, Ssse3.IsSupported,
            Take(3), Get(1), Get(0), DotOfBytes, Ones16, DotOfWords, Get(2), Operator("op_Addition", I32)),
    ];
}
