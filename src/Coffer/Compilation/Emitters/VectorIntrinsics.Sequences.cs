using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;

namespace Coffer.Compilation.Emitters;

internal static partial class VectorIntrinsics
{
    // The sequences that several rows share. Why they are right is said at the methods of VectorOps.

    private static IntrinsicMethod DotOfBytes => Plain<Ssse3>("MultiplyAddAdjacent", VU8, VI8);

    private static IntrinsicMethod DotOfWords => Plain<Sse2>("MultiplyAddAdjacent", VI16, VI16);

    private static IntrinsicStep[] Swizzle =>
        [Vector128.Create((byte)0x70), Generic("AddSaturate", U8), Plain<Ssse3>("Shuffle", VU8, VU8)];

    private static IntrinsicStep[] Selection => [Take(3), Get(2), Get(0), Get(1), Generic("ConditionalSelect", U8)];

    private static IntrinsicStep[] RoundedProducts =>
    [
        Plain<Ssse3>("MultiplyHighRoundScale", VI16, VI16), Take(1), Get(0),
        Get(0), Vector128.Create(short.MinValue).AsByte(), Generic("Equals", I16), Operator("op_ExclusiveOr", U8),
    ];

    private static IntrinsicStep[] TruncatedDoubles =>
    [
        Take(1), Get(0),
        Get(0), Get(0), Generic("Equals", F64),
        Vector128.Create((double)int.MaxValue).AsByte(), Operator("op_BitwiseAnd", U8),
        Plain<Sse2>("Min", VF64, VF64), Plain<Sse2>("ConvertToVector128Int32WithTruncation", VF64),
    ];

    private static IntrinsicStep[] UnsignedDoubles =>
    [
        Zero, Plain<Sse2>("Max", VF64, VF64), Vector128.Create((double)uint.MaxValue).AsByte(),
        Plain<Sse2>("Min", VF64, VF64), Plain<Sse41>("RoundToZero", VF64),
        TwoTo52, Operator("op_Addition", F64), Zero, Number(0b10_00_10_00), Plain<Sse>("Shuffle", VF32, VF32, U8),
    ];

    private static IntrinsicStep[] LowUnsignedToDouble =>
    [
        Vector("WidenLower", VU32), TwoTo52, Operator("op_BitwiseOr", U8),
        TwoTo52, Operator("op_Subtraction", F64),
    ];

    // The upper half of each lane and the lower one are exact; their sum is rounded once.
    private static IntrinsicStep[] UnsignedToSingle =>
    [
        Take(1),
        Get(0), Number(16), Operator("op_UnsignedRightShift", U32), Vector("ConvertToSingle", VI32),
        Vector128.Create(65536f).AsByte(), Operator("op_Multiply", F32),
        Get(0), Words, Operator("op_BitwiseAnd", U8), Vector("ConvertToSingle", VI32), Operator("op_Addition", F32),
    ];

    private static IntrinsicStep[] PairsOfWords =>
    [
        Take(1),
        Get(0), Words, Operator("op_BitwiseAnd", U8),
        Get(0), Number(16), Operator("op_UnsignedRightShift", U32), Operator("op_Addition", I32),
    ];

    private static IntrinsicStep[] BitCounts =>
    [
        Take(1),
        CountOfNibble, Get(0), Nibble, Operator("op_BitwiseAnd", U8), Plain<Ssse3>("Shuffle", VU8, VU8),
        CountOfNibble, Get(0), Number(4), Operator("op_UnsignedRightShift", U16), Nibble, Operator("op_BitwiseAnd", U8),
        Plain<Ssse3>("Shuffle", VU8, VU8), Operator("op_Addition", U8),
    ];

    private static Vector128<byte> TwoTo52 => Vector128.Create(4503599627370496d).AsByte();

    private static Vector128<byte> Words => Vector128.Create(0xffff).AsByte();

    private static Vector128<byte> Nibble => Vector128.Create((byte)0x0f);

    private static Vector128<byte> CountOfNibble =>
        Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);

    private static IntrinsicStep[] Extremum<T>(string instruction, string combination, Type element, Type vector) =>
    [
        Take(2),
        Get(0), Get(1), Plain<T>(instruction, vector, vector),
        Get(1), Get(0), Plain<T>(instruction, vector, vector), Operator(combination, U8),
        Get(0), Get(1), Operator("op_Addition", element),
        Get(0), Get(1), Plain<T>("CompareUnordered", vector, vector),
        Plain<Sse41>("BlendVariable", vector, vector, vector),
    ];

    // Of the halves of 8-bit, 16-bit and 32-bit lanes.

    private static IntrinsicStep[] Products(IntrinsicMethod widen) =>
        [Take(2), Get(0), widen, Get(1), widen, Operator("op_Multiply", I16)];

    private static IntrinsicStep[] Products(string interleave, Type vector) =>
    [
        Take(2),
        Get(0), Get(1), Plain<Sse2>("MultiplyLow", vector, vector),
        Get(0), Get(1), Plain<Sse2>("MultiplyHigh", vector, vector), Plain<Sse2>(interleave, vector, vector),
    ];

    private static IntrinsicStep[] Products<T>(string interleave, Type vector) =>
    [
        Take(2),
        Get(0), Get(0), Plain<Sse2>(interleave, vector, vector),
        Get(1), Get(1), Plain<Sse2>(interleave, vector, vector), Plain<T>("Multiply", vector, vector),
    ];
}
