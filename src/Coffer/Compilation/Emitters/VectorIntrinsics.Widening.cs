using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // Instructions whose lanes are wider or narrower than those of their operands.
    private static VectorIntrinsic[] Widening =>
    [
        Op(I16x8ExtendLowI8x16S, Vector("WidenLower", VI8)),
        Op(I16x8ExtendLowI8x16U, Vector("WidenLower", VU8)),
        Op(I16x8ExtendHighI8x16S, Vector("WidenUpper", VI8)),
        Op(I16x8ExtendHighI8x16U, Vector("WidenUpper", VU8)),
        Op(I32x4ExtendLowI16x8S, Vector("WidenLower", VI16)),
        Op(I32x4ExtendLowI16x8U, Vector("WidenLower", VU16)),
        Op(I32x4ExtendHighI16x8S, Vector("WidenUpper", VI16)),
        Op(I32x4ExtendHighI16x8U, Vector("WidenUpper", VU16)),
        Op(I64x2ExtendLowI32x4S, Vector("WidenLower", VI32)),
        Op(I64x2ExtendLowI32x4U, Vector("WidenLower", VU32)),
        Op(I64x2ExtendHighI32x4S, Vector("WidenUpper", VI32)),
        Op(I64x2ExtendHighI32x4U, Vector("WidenUpper", VU32)),
        Op(I16x8ExtmulLowI8x16S, Products(Vector("WidenLower", VI8))),
        Op(I16x8ExtmulLowI8x16U, Products(Vector("WidenLower", VU8))),
        Op(I32x4ExtmulLowI16x8S, Sse2.IsSupported, Products("UnpackLow", VI16)),
        Op(I32x4ExtmulLowI16x8U, Sse2.IsSupported, Products("UnpackLow", VU16)),
        Op(I64x2ExtmulLowI32x4S, Sse41.IsSupported, Products<Sse41>("UnpackLow", VI32)),
        Op(I64x2ExtmulLowI32x4U, Sse41.IsSupported, Products<Sse2>("UnpackLow", VU32)),
        Op(I16x8ExtmulHighI8x16S, Products(Vector("WidenUpper", VI8))),
        Op(I16x8ExtmulHighI8x16U, Products(Vector("WidenUpper", VU8))),
        Op(I32x4ExtmulHighI16x8S, Sse2.IsSupported, Products("UnpackHigh", VI16)),
        Op(I32x4ExtmulHighI16x8U, Sse2.IsSupported, Products("UnpackHigh", VU16)),
        Op(I64x2ExtmulHighI32x4S, Sse41.IsSupported, Products<Sse41>("UnpackHigh", VI32)),
        Op(I64x2ExtmulHighI32x4U, Sse41.IsSupported, Products<Sse2>("UnpackHigh", VU32)),
        Op(I16x8ExtaddPairwiseI8x16S, Ssse3.IsSupported, Take(1), Ones8, Get(0), DotOfBytes),
        Op(I16x8ExtaddPairwiseI8x16U, Ssse3.IsSupported, Ones8, DotOfBytes),
        Op(I32x4ExtaddPairwiseI16x8S, Sse2.IsSupported, Ones16, DotOfWords),
        Op(I32x4ExtaddPairwiseI16x8U, PairsOfWords),
        Op(I8x16NarrowI16x8S, Vector("NarrowWithSaturation", VI16, VI16)),
        Op(I16x8NarrowI32x4S, Vector("NarrowWithSaturation", VI32, VI32)),
        Op(I8x16NarrowI16x8U, Sse2.IsSupported, Plain<Sse2>("PackUnsignedSaturate", VI16, VI16)),
        Op(I16x8NarrowI32x4U, Sse41.IsSupported, Plain<Sse41>("PackUnsignedSaturate", VI32, VI32)),
    ];
}
