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
