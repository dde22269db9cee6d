using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // Comparisons.
    private static VectorIntrinsic[] Comparisons =>
    [
        Op(I8x16Eq, Generic("Equals", I8)),
        Op(I8x16Ne, Generic("Equals", I8), Operator("op_OnesComplement", U8)),
        Op(I8x16LtS, Generic("LessThan", I8)),
        Op(I8x16LtU, Generic("LessThan", U8)),
        Op(I8x16GtS, Generic("GreaterThan", I8)),
        Op(I8x16GtU, Generic("GreaterThan", U8)),
        Op(I8x16LeS, Generic("LessThanOrEqual", I8)),
        Op(I8x16LeU, Generic("LessThanOrEqual", U8)),
        Op(I8x16GeS, Generic("GreaterThanOrEqual", I8)),
        Op(I8x16GeU, Generic("GreaterThanOrEqual", U8)),
        Op(I16x8Eq, Generic("Equals", I16)),
        Op(I16x8Ne, Generic("Equals", I16), Operator("op_OnesComplement", U8)),
        Op(I16x8LtS, Generic("LessThan", I16)),
        Op(I16x8LtU, Generic("LessThan", U16)),
        Op(I16x8GtS, Generic("GreaterThan", I16)),
        Op(I16x8GtU, Generic("GreaterThan", U16)),
        Op(I16x8LeS, Generic("LessThanOrEqual", I16)),
        Op(I16x8LeU, Generic("LessThanOrEqual", U16)),
        Op(I16x8GeS, Generic("GreaterThanOrEqual", I16)),
        Op(I16x8GeU, Generic("GreaterThanOrEqual", U16)),
        Op(I32x4Eq, Generic("Equals", I32)),
        Op(I32x4Ne, Generic("Equals", I32), Operator("op_OnesComplement", U8)),
        Op(I32x4LtS, Generic("LessThan", I32)),
        Op(I32x4LtU, Generic("LessThan", U32)),
        Op(I32x4GtS, Generic("GreaterThan", I32)),
        Op(I32x4GtU, Generic("GreaterThan", U32)),
        Op(I32x4LeS, Generic("LessThanOrEqual", I32)),
        Op(I32x4LeU, Generic("LessThanOrEqual", U32)),
        Op(I32x4GeS, Generic("GreaterThanOrEqual", I32)),
        Op(I32x4GeU, Generic("GreaterThanOrEqual", U32)),
        Op(I64x2Eq, Generic("Equals", I64)),
        Op(I64x2Ne, Generic("Equals", I64), Operator("op_OnesComplement", U8)),
        Op(I64x2LtS, Generic("LessThan", I64)),
        Op(I64x2GtS, Generic("GreaterThan", I64)),
        Op(I64x2LeS, Generic("LessThanOrEqual", I64)),
        Op(I64x2GeS, Generic("GreaterThanOrEqual", I64)),
        Op(F32x4Eq, Generic("Equals", F32)),
        Op(F32x4Ne, Generic("Equals", F32), Operator("op_OnesComplement", U8)),
        Op(F32x4Lt, Generic("LessThan", F32)),
        Op(F32x4Gt, Generic("GreaterThan", F32)),
        Op(F32x4Le, Generic("LessThanOrEqual", F32)),
        Op(F32x4Ge, Generic("GreaterThanOrEqual", F32)),
        Op(F64x2Eq, Generic("Equals", F64)),
        Op(F64x2Ne, Generic("Equals", F64), Operator("op_OnesComplement", U8)),
        Op(F64x2Lt, Generic("LessThan", F64)),
        Op(F64x2Gt, Generic("GreaterThan", F64)),
        Op(F64x2Le, Generic("LessThanOrEqual", F64)),
        Op(F64x2Ge, Generic("GreaterThanOrEqual", F64)),
    ];
}
