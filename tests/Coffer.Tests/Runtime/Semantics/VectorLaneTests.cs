using System.Numerics;
using static Coffer.Runtime.Semantics.VectorOps;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class VectorLaneTests
{
    [Fact]
    public void Bitwise_AnyBits_MatchReference()
    {
        LaneCheck.Binary<ulong>(V128And, (a, b) => a & b);
        LaneCheck.Binary<ulong>(V128Or, (a, b) => a | b);
        LaneCheck.Binary<ulong>(V128Xor, (a, b) => a ^ b);
        LaneCheck.Binary<ulong>(V128Andnot, (a, b) => a & ~b);
        LaneCheck.Unary<ulong>(V128Not, a => ~a);
        Func<V128, V128, V128, V128>[] selections =
            [V128Bitselect, I8x16RelaxedLaneselect, I16x8RelaxedLaneselect, I32x4RelaxedLaneselect, I64x2RelaxedLaneselect];
        var mask = LaneCheck.Join(0x00ff_0f0f_8000_0001ul, 0xffff_ffff_1234_5678ul);
        foreach (var select in selections)
            LaneCheck.Binary<byte>((a, b) => select(mask, a, b), SelectFrom(mask));
    }

    [Fact]
    public void Tests_EdgeVectors_MatchReference()
    {
        LaneCheck.Test<byte>(V128AnyTrue, lanes => lanes.Any(x => x != 0) ? 1 : 0);
        LaneCheck.Test<ulong>(V128AnyTrue, lanes => lanes.Any(x => x != 0) ? 1 : 0);
        Test<sbyte>(I8x16AllTrue, I8x16Bitmask);
        Test<short>(I16x8AllTrue, I16x8Bitmask);
        Test<int>(I32x4AllTrue, I32x4Bitmask);
        Test<long>(I64x2AllTrue, I64x2Bitmask);
        Assert.Equal(0, V128AnyTrue(V128.Zero));
        Assert.Equal(1, I64x2AllTrue(V128.AllBitsSet));
        Assert.Equal(0xffff, I8x16Bitmask(V128.AllBitsSet));
    }

    [Fact]
    public void Shuffle_AnyLanes_MatchesReference()
    {
        var random = new Random(11);
        foreach (var (a, b) in VectorSamples.Pairs<byte>().Take(300))
        {
            byte[] lanes = [.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(32))];
            byte[] both = [.. LaneCheck.Split<byte>(a), .. LaneCheck.Split<byte>(b)];
            var expected = LaneCheck.Join<byte>([.. lanes.Select(lane => both[lane])]);
            LaneCheck.Same<byte>(expected, I8x16Shuffle(a, b, LaneCheck.Join<byte>(lanes)), "shuffle", a, b);
        }
    }

    [Fact]
    public void Swizzle_AnyLanes_SelectsZeroBeyondTheVector()
    {
        LaneCheck.Across<byte, byte>(I8x16Swizzle, Swizzle);
        LaneCheck.Across<byte, byte>(I8x16RelaxedSwizzle, Swizzle);

        IEnumerable<BigInteger> Swizzle(BigInteger[] value, BigInteger[] lanes) =>
            lanes.Select(lane => lane < 16 ? value[(int)lane] : 0);
    }

    [Fact]
    public void Splat_EdgeValues_FillsEveryLane()
    {
        foreach (var value in Samples.Int32)
        {
            LaneCheck.Same<sbyte>(LaneCheck.Join<sbyte>([.. Enumerable.Repeat((sbyte)value, 16)]), I8x16Splat(value), "i8x16");
            LaneCheck.Same<short>(LaneCheck.Join<short>([.. Enumerable.Repeat((short)value, 8)]), I16x8Splat(value), "i16x8");
            LaneCheck.Same<int>(LaneCheck.Join(value, value, value, value), I32x4Splat(value), "i32x4");
        }

        foreach (var value in Samples.Int64)
            LaneCheck.Same<long>(LaneCheck.Join(value, value), I64x2Splat(value), "i64x2");
        foreach (var value in Samples.Single)
            LaneCheck.Same<float>(LaneCheck.Join(value, value, value, value), F32x4Splat(value), "f32x4");
        foreach (var value in Samples.Double)
            LaneCheck.Same<double>(LaneCheck.Join(value, value), F64x2Splat(value), "f64x2");
    }

    [Fact]
    public void ExtractAndReplace_EveryLane_TouchesThatLaneOnly()
    {
        var vector = LaneCheck.Join<byte>(0x80, 0xff, 1, 0x7f, 0xc0, 0x7f, 0x12, 0x81, 0, 0xfe, 0x34, 0x56, 1, 0, 0xa0, 0xff);
        Lanes<sbyte, int>(vector, I8x16ExtractLaneS, I8x16ReplaceLane, x => x, 0x1234_56f7, unchecked((sbyte)0xf7));
        Lanes<byte, int>(vector, I8x16ExtractLaneU, I8x16ReplaceLane, x => x, 0x1234_56f7, 0xf7);
        Lanes<short, int>(vector, I16x8ExtractLaneS, I16x8ReplaceLane, x => x, 0x1234_f678, unchecked((short)0xf678));
        Lanes<ushort, int>(vector, I16x8ExtractLaneU, I16x8ReplaceLane, x => x, 0x1234_f678, 0xf678);
        Lanes<int, int>(vector, I32x4ExtractLane, I32x4ReplaceLane, x => x, -77, -77);
        Lanes<long, long>(vector, I64x2ExtractLane, I64x2ReplaceLane, x => x, long.MinValue, long.MinValue);
        var (single, number) = (Samples.Bits(0x7fa00001), Samples.Bits64(0x7ff0000000000001));
        Lanes<float, float>(vector, F32x4ExtractLane, F32x4ReplaceLane, x => x, single, single);
        Lanes<double, double>(vector, F64x2ExtractLane, F64x2ReplaceLane, x => x, number, number);
    }

    private static Func<BigInteger, BigInteger, BigInteger> SelectFrom(V128 mask)
    {
        // The operands of the operation are the second choice and the selecting bits; called lane by lane, in order.
        var bytes = LaneCheck.Split<byte>(mask);
        var lane = 0;
        return (a, bits) =>
        {
            var first = bytes[lane++ % 16];
            return (first & bits) | (a & (0xff - bits));
        };
    }

    private static void Test<T>(Func<V128, int> allTrue, Func<V128, int> bitmask) where T : unmanaged, IBinaryInteger<T>
    {
        LaneCheck.Test<T>(allTrue, lanes => lanes.All(x => !T.IsZero(x)) ? 1 : 0, $"all_true {typeof(T).Name}");
        LaneCheck.Test<T>(
            bitmask, lanes => lanes.Select((x, i) => T.IsNegative(x) ? 1 << i : 0).Sum(), $"bitmask {typeof(T).Name}");
    }

    private static void Lanes<TLane, TValue>(
        V128 vector, Func<V128, byte, TValue> extract, Func<V128, TValue, byte, V128> replace,
        Func<TLane, TValue> widen, TValue value, TLane stored) where TLane : unmanaged
    {
        var lanes = LaneCheck.Split<TLane>(vector);
        for (byte i = 0; i < lanes.Length; i++)
        {
            Assert.Equal(widen(lanes[i]), extract(vector, i));
            TLane[] expected = [.. lanes];
            expected[i] = stored;
            LaneCheck.Same<byte>(LaneCheck.Join<TLane>(expected), replace(vector, value, i), $"replace {typeof(TLane).Name} {i}");
        }
    }
}
