using System.Numerics;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class IntegerOpsTests
{
    [Fact]
    public void I32Unary_EveryBit_MatchesReference()
    {
        foreach (var value in Samples.Int32)
        {
            var bits = Enumerable.Range(0, 32).Select(i => (value >> i) & 1).ToArray();
            Assert.Equal(bits.Reverse().TakeWhile(bit => bit == 0).Count(), IntegerOps.I32Clz(value));
            Assert.Equal(bits.TakeWhile(bit => bit == 0).Count(), IntegerOps.I32Ctz(value));
            Assert.Equal(bits.Sum(), IntegerOps.I32Popcnt(value));
            Assert.Equal((int)Signed(value, 8), IntegerOps.I32Extend8S(value));
            Assert.Equal((int)Signed(value, 16), IntegerOps.I32Extend16S(value));
        }
    }

    [Fact]
    public void I64Unary_EveryBit_MatchesReference()
    {
        foreach (var value in Samples.Int64)
        {
            var bits = Enumerable.Range(0, 64).Select(i => (int)((value >> i) & 1)).ToArray();
            Assert.Equal(bits.Reverse().TakeWhile(bit => bit == 0).Count(), IntegerOps.I64Clz(value));
            Assert.Equal(bits.TakeWhile(bit => bit == 0).Count(), IntegerOps.I64Ctz(value));
            Assert.Equal(bits.Sum(), IntegerOps.I64Popcnt(value));
            Assert.Equal((long)Signed(value, 8), IntegerOps.I64Extend8S(value));
            Assert.Equal((long)Signed(value, 16), IntegerOps.I64Extend16S(value));
            Assert.Equal((long)Signed(value, 32), IntegerOps.I64Extend32S(value));
        }
    }

    [Fact]
    public void I32Binary_AllPairs_MatchesReference()
    {
        foreach (var a in Samples.Int32)
        {
            foreach (var b in Samples.Int32)
                CheckI32(a, b);
        }
    }

    [Fact]
    public void I64Binary_AllPairs_MatchesReference()
    {
        foreach (var a in Samples.Int64)
        {
            foreach (var b in Samples.Int64)
                CheckI64(a, b);
        }
    }

    [Fact]
    public void Division_ByZero_Throws()
    {
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I32DivS(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I32DivU(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I32RemS(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I32RemU(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I64DivS(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I64DivU(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I64RemS(1, 0));
        Assert.Throws<DivideByZeroException>(() => IntegerOps.I64RemU(1, 0));
    }

    [Fact]
    public void Division_OfMinimumByMinusOne_OverflowsButRemainderIsZero()
    {
        Assert.Throws<OverflowException>(() => IntegerOps.I32DivS(int.MinValue, -1));
        Assert.Throws<OverflowException>(() => IntegerOps.I64DivS(long.MinValue, -1));
        Assert.Equal(0, IntegerOps.I32RemS(int.MinValue, -1));
        Assert.Equal(0, IntegerOps.I64RemS(long.MinValue, -1));
    }

    private static void CheckI32(int a, int b)
    {
        var count = b & 31;
        Assert.Equal(Wrap32(Unsigned32(a) << count), IntegerOps.I32Shl(a, b));
        Assert.Equal(Wrap32(new BigInteger(a) >> count), IntegerOps.I32ShrS(a, b));
        Assert.Equal(Wrap32(Unsigned32(a) >> count), IntegerOps.I32ShrU(a, b));
        Assert.Equal(Wrap32((Unsigned32(a) << count) | (Unsigned32(a) >> (32 - count))), IntegerOps.I32Rotl(a, b));
        Assert.Equal(Wrap32((Unsigned32(a) >> count) | (Unsigned32(a) << (32 - count))), IntegerOps.I32Rotr(a, b));
        if (b == 0)
            return;
        Assert.Equal(Wrap32(BigInteger.Divide(Unsigned32(a), Unsigned32(b))), IntegerOps.I32DivU(a, b));
        Assert.Equal(Wrap32(BigInteger.Remainder(Unsigned32(a), Unsigned32(b))), IntegerOps.I32RemU(a, b));
        Assert.Equal(Wrap32(BigInteger.Remainder(a, b)), IntegerOps.I32RemS(a, b));
        if (a != int.MinValue || b != -1)
            Assert.Equal(Wrap32(BigInteger.Divide(a, b)), IntegerOps.I32DivS(a, b));
    }

    private static void CheckI64(long a, long b)
    {
        var count = (int)(b & 63);
        Assert.Equal(Wrap64(Unsigned64(a) << count), IntegerOps.I64Shl(a, b));
        Assert.Equal(Wrap64(new BigInteger(a) >> count), IntegerOps.I64ShrS(a, b));
        Assert.Equal(Wrap64(Unsigned64(a) >> count), IntegerOps.I64ShrU(a, b));
        Assert.Equal(Wrap64((Unsigned64(a) << count) | (Unsigned64(a) >> (64 - count))), IntegerOps.I64Rotl(a, b));
        Assert.Equal(Wrap64((Unsigned64(a) >> count) | (Unsigned64(a) << (64 - count))), IntegerOps.I64Rotr(a, b));
        if (b == 0)
            return;
        Assert.Equal(Wrap64(BigInteger.Divide(Unsigned64(a), Unsigned64(b))), IntegerOps.I64DivU(a, b));
        Assert.Equal(Wrap64(BigInteger.Remainder(Unsigned64(a), Unsigned64(b))), IntegerOps.I64RemU(a, b));
        Assert.Equal(Wrap64(BigInteger.Remainder(a, b)), IntegerOps.I64RemS(a, b));
        if (a != long.MinValue || b != -1)
            Assert.Equal(Wrap64(BigInteger.Divide(a, b)), IntegerOps.I64DivS(a, b));
    }

    // The low bits read as a two's complement number.
    private static BigInteger Signed(long value, int bits)
    {
        var modulus = BigInteger.One << bits;
        var low = ((value % modulus) + modulus) % modulus;
        return low >= modulus / 2 ? low - modulus : low;
    }

    private static BigInteger Unsigned32(int value) => (uint)value;

    private static BigInteger Unsigned64(long value) => (ulong)value;

    private static int Wrap32(BigInteger value) => (int)(uint)(value & uint.MaxValue);

    private static long Wrap64(BigInteger value) => (long)(ulong)(value & ulong.MaxValue);
}
