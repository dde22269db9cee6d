using System.Numerics;
using static Coffer.Runtime.Semantics.VectorOps;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class VectorWideningTests
{
    [Fact]
    public void Extend_EdgeLanes_MatchReference()
    {
        Extend<sbyte, short>(I16x8ExtendLowI8x16S, I16x8ExtendHighI8x16S);
        Extend<byte, short>(I16x8ExtendLowI8x16U, I16x8ExtendHighI8x16U);
        Extend<short, int>(I32x4ExtendLowI16x8S, I32x4ExtendHighI16x8S);
        Extend<ushort, int>(I32x4ExtendLowI16x8U, I32x4ExtendHighI16x8U);
        Extend<int, long>(I64x2ExtendLowI32x4S, I64x2ExtendHighI32x4S);
        Extend<uint, long>(I64x2ExtendLowI32x4U, I64x2ExtendHighI32x4U);
    }

    [Fact]
    public void ExtendedMultiply_EdgeLanes_MatchReference()
    {
        Multiply<sbyte, short>(I16x8ExtmulLowI8x16S, I16x8ExtmulHighI8x16S);
        Multiply<byte, short>(I16x8ExtmulLowI8x16U, I16x8ExtmulHighI8x16U);
        Multiply<short, int>(I32x4ExtmulLowI16x8S, I32x4ExtmulHighI16x8S);
        Multiply<ushort, int>(I32x4ExtmulLowI16x8U, I32x4ExtmulHighI16x8U);
        Multiply<int, long>(I64x2ExtmulLowI32x4S, I64x2ExtmulHighI32x4S);
        Multiply<uint, long>(I64x2ExtmulLowI32x4U, I64x2ExtmulHighI32x4U);
    }

    [Fact]
    public void Narrow_EdgeLanes_Saturates()
    {
        LaneCheck.Across<short, sbyte>(I8x16NarrowI16x8S, (a, b) => a.Concat(b).Select(x => Clamp(x, -128, 127)));
        LaneCheck.Across<short, byte>(I8x16NarrowI16x8U, (a, b) => a.Concat(b).Select(x => Clamp(x, 0, 255)));
        LaneCheck.Across<int, short>(I16x8NarrowI32x4S, (a, b) => a.Concat(b).Select(x => Clamp(x, -32768, 32767)));
        LaneCheck.Across<int, ushort>(I16x8NarrowI32x4U, (a, b) => a.Concat(b).Select(x => Clamp(x, 0, 65535)));
    }

    [Fact]
    public void PairwiseAddition_EdgeLanes_MatchesReference()
    {
        LaneCheck.Across<sbyte, short>(I16x8ExtaddPairwiseI8x16S, Pairs);
        LaneCheck.Across<byte, short>(I16x8ExtaddPairwiseI8x16U, Pairs);
        LaneCheck.Across<short, int>(I32x4ExtaddPairwiseI16x8S, Pairs);
        LaneCheck.Across<ushort, int>(I32x4ExtaddPairwiseI16x8U, Pairs);
    }

    [Fact]
    public void DotProduct_EdgeLanes_MatchesReference()
    {
        LaneCheck.Across<short, int>(I32x4DotI16x8S, (a, b) => Pairs(Products(a, b)));
        var minimum = LaneCheck.Join<short>([.. Enumerable.Repeat(short.MinValue, 8)]);
        Assert.Equal(LaneCheck.Join(int.MinValue, int.MinValue, int.MinValue, int.MinValue), I32x4DotI16x8S(minimum, minimum));
    }

    [Fact]
    public void RelaxedDotProduct_AllPairsOfLanes_IsSignedByUnsignedWithSaturation()
    {
        LaneCheck.Across<sbyte, short>(I16x8RelaxedDotI8x16I7x16S, Dot);
        V128[] addends = [V128.Zero, LaneCheck.Join(int.MinValue, int.MaxValue, -1, 65536)];
        foreach (var addend in addends)
        {
            var lanes = LaneCheck.Split<int>(addend);
            LaneCheck.Across<sbyte, int>(
                (a, b) => I32x4RelaxedDotI8x16I7x16AddS(a, b, addend),
                (a, b) => Pairs([.. Dot(a, b)]).Select((sum, i) => sum + lanes[i]));
        }
    }

    private static IEnumerable<BigInteger> Dot(BigInteger[] a, BigInteger[] b) =>
        Pairs(Products(a, [.. b.Select(x => x & 0xff)])).Select(x => Clamp(x, short.MinValue, short.MaxValue));

    private static BigInteger Clamp(BigInteger value, int minimum, int maximum) =>
        BigInteger.Clamp(value, minimum, maximum);

    private static BigInteger[] Products(BigInteger[] a, BigInteger[] b) => [.. a.Zip(b, (x, y) => x * y)];

    private static IEnumerable<BigInteger> Pairs(BigInteger[] lanes) => lanes.Chunk(2).Select(pair => pair[0] + pair[1]);

    private static void Extend<TIn, TOut>(Func<V128, V128> low, Func<V128, V128> high)
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged, IBinaryInteger<TOut>
    {
        LaneCheck.Across<TIn, TOut>(low, a => a.Take(a.Length / 2), $"extend low {typeof(TIn).Name}");
        LaneCheck.Across<TIn, TOut>(high, a => a.Skip(a.Length / 2), $"extend high {typeof(TIn).Name}");
    }

    private static void Multiply<TIn, TOut>(Func<V128, V128, V128> low, Func<V128, V128, V128> high)
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged, IBinaryInteger<TOut>
    {
        LaneCheck.Across<TIn, TOut>(low, (a, b) => Products(a, b).Take(a.Length / 2), $"extmul low {typeof(TIn).Name}");
        LaneCheck.Across<TIn, TOut>(high, (a, b) => Products(a, b).Skip(a.Length / 2), $"extmul high {typeof(TIn).Name}");
    }
}
