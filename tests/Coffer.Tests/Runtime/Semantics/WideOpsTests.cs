using System.Numerics;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class WideOpsTests
{
    [Fact]
    public void Multiplication_AllPairs_MatchesReference()
    {
        foreach (var a in Samples.Int64)
        {
            foreach (var b in Samples.Int64)
            {
                Assert.Equal(Split((BigInteger)a * b), WideOps.I64MulWideS(a, b));
                Assert.Equal(Split((BigInteger)(ulong)a * (ulong)b), WideOps.I64MulWideU(a, b));
            }
        }
    }

    [Fact]
    public void AdditionAndSubtraction_CarriesAndBorrows_MatchReference()
    {
        var random = new Random(7);
        foreach (var a in Samples.Int64)
        {
            foreach (var b in Samples.Int64)
            {
                var c = Samples.Int64[random.Next(Samples.Int64.Length)];
                var d = Samples.Int64[random.Next(Samples.Int64.Length)];
                Assert.Equal(Split(Join(a, c) + Join(b, d)), WideOps.I64Add128(a, c, b, d));
                Assert.Equal(Split(Join(a, c) - Join(b, d)), WideOps.I64Sub128(a, c, b, d));
            }
        }
    }

    private static BigInteger Join(long low, long high) => ((BigInteger)high << 64) + (ulong)low;

    private static (long Low, long High) Split(BigInteger value) =>
        ((long)(ulong)(value & ulong.MaxValue), (long)(ulong)((value >> 64) & ulong.MaxValue));
}
