using System.Reflection.Metadata;
using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // Single lanes, and loads, whose address is on the stack as a pointer of the host. Plain loads and stores of whole
    // vectors are CIL.
    private static VectorIntrinsic[] Lanes =>
    [
        // Lanes.
        Op(I8x16Swizzle, Ssse3.IsSupported, Swizzle),
        Op(I8x16RelaxedSwizzle, Ssse3.IsSupported, Swizzle),
        Op(I8x16Splat, ILOpCode.Conv_i1, Vector("Create", I8)),
        Op(I16x8Splat, ILOpCode.Conv_i2, Vector("Create", I16)),
        Op(I32x4Splat, Vector("Create", I32)),
        Op(I64x2Splat, Vector("Create", I64)),
        Op(F32x4Splat, Vector("Create", F32)),
        Op(F64x2Splat, Vector("Create", F64)),
        Op(I8x16ExtractLaneS, Generic("GetElement", I8)),
        Op(I8x16ExtractLaneU, Generic("GetElement", U8)),
        Op(I16x8ExtractLaneS, Generic("GetElement", I16)),
        Op(I16x8ExtractLaneU, Generic("GetElement", U16)),
        Op(I32x4ExtractLane, Generic("GetElement", I32)),
        Op(I64x2ExtractLane, Generic("GetElement", I64)),
        Op(F32x4ExtractLane, Generic("GetElement", F32)),
        Op(F64x2ExtractLane, Generic("GetElement", F64)),
        Op(I8x16ReplaceLane, Sse41.IsSupported, Plain<Sse41>("Insert", VI8, I8, U8)),
        Op(I16x8ReplaceLane, Sse2.IsSupported, Plain<Sse2>("Insert", VI16, I16, U8)),
        Op(I32x4ReplaceLane, Sse41.IsSupported, Plain<Sse41>("Insert", VI32, I32, U8)),
        Op(I64x2ReplaceLane, Sse41.X64.IsSupported, Plain<Sse41.X64>("Insert", VI64, I64, U8)),

        // Loads.
        Op(V128Load8x8S, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int16", Pointer(I8))),
        Op(V128Load8x8U, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int16", Pointer(U8))),
        Op(V128Load16x4S, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int32", Pointer(I16))),
        Op(V128Load16x4U, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int32", Pointer(U16))),
        Op(V128Load32x2S, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int64", Pointer(I32))),
        Op(V128Load32x2U, Sse41.IsSupported, Plain<Sse41>("ConvertToVector128Int64", Pointer(U32))),
        Op(V128Load8Splat, ILOpCode.Ldind_u1, Vector("Create", U8)),
        Op(V128Load16Splat, ILOpCode.Ldind_u2, Vector("Create", U16)),
        Op(V128Load32Splat, ILOpCode.Ldind_i4, Vector("Create", I32)),
        Op(V128Load64Splat, ILOpCode.Ldind_i8, Vector("Create", I64)),
        Op(V128Load32Zero, ILOpCode.Ldind_i4, Vector("CreateScalar", I32)),
        Op(V128Load64Zero, ILOpCode.Ldind_i8, Vector("CreateScalar", I64)),
    ];

    private static Type Pointer(Type type) => type.MakePointerType();
}
