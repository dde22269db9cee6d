using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Runtime.Semantics;

public sealed class ConversionsTests
{
    private static readonly BigInteger TwoTo31 = BigInteger.One << 31;
    private static readonly BigInteger TwoTo32 = BigInteger.One << 32;
    private static readonly BigInteger TwoTo63 = BigInteger.One << 63;
    private static readonly BigInteger TwoTo64 = BigInteger.One << 64;

    [Fact]
    public void Truncation_AnyValue_MatchesExactArithmeticOrTraps()
    {
        foreach (var value in Samples.Single)
        {
            Traps(value, -TwoTo31, TwoTo31, () => Conversions.I32TruncF32S(value));
            Traps(value, 0, TwoTo32, () => (uint)Conversions.I32TruncF32U(value));
            Traps(value, -TwoTo63, TwoTo63, () => Conversions.I64TruncF32S(value));
            Traps(value, 0, TwoTo64, () => (ulong)Conversions.I64TruncF32U(value));
        }

        foreach (var value in Samples.Double)
        {
            Traps(value, -TwoTo31, TwoTo31, () => Conversions.I32TruncF64S(value));
            Traps(value, 0, TwoTo32, () => (uint)Conversions.I32TruncF64U(value));
            Traps(value, -TwoTo63, TwoTo63, () => Conversions.I64TruncF64S(value));
            Traps(value, 0, TwoTo64, () => (ulong)Conversions.I64TruncF64U(value));
        }
    }

    [Fact]
    public void SaturatingTruncation_AnyValue_MatchesExactArithmetic()
    {
        foreach (var value in Samples.Single)
        {
            Assert.Equal(Saturated(value, -TwoTo31, TwoTo31), Conversions.I32TruncSatF32S(value));
            Assert.Equal(Saturated(value, 0, TwoTo32), (uint)Conversions.I32TruncSatF32U(value));
            Assert.Equal(Saturated(value, -TwoTo63, TwoTo63), Conversions.I64TruncSatF32S(value));
            Assert.Equal(Saturated(value, 0, TwoTo64), (ulong)Conversions.I64TruncSatF32U(value));
        }

        foreach (var value in Samples.Double)
        {
            Assert.Equal(Saturated(value, -TwoTo31, TwoTo31), Conversions.I32TruncSatF64S(value));
            Assert.Equal(Saturated(value, 0, TwoTo32), (uint)Conversions.I32TruncSatF64U(value));
            Assert.Equal(Saturated(value, -TwoTo63, TwoTo63), Conversions.I64TruncSatF64S(value));
            Assert.Equal(Saturated(value, 0, TwoTo64), (ulong)Conversions.I64TruncSatF64U(value));
        }
    }

    [Fact]
    public void ConvertFromInteger_AnyValue_RoundsOnce()
    {
        foreach (var value in Samples.Int32)
        {
            Assert.Equal(new ExactReal(value, 0).ToSingle(), Conversions.F32ConvertI32S(value));
            Assert.Equal(new ExactReal((uint)value, 0).ToSingle(), Conversions.F32ConvertI32U(value));
            Assert.Equal(new ExactReal(value, 0).ToDouble(), Conversions.F64ConvertI32S(value));
            Assert.Equal(new ExactReal((uint)value, 0).ToDouble(), Conversions.F64ConvertI32U(value));
        }

        foreach (var value in Samples.Int64)
        {
            Assert.Equal(new ExactReal(value, 0).ToSingle(), Conversions.F32ConvertI64S(value));
            Assert.Equal(new ExactReal((ulong)value, 0).ToSingle(), Conversions.F32ConvertI64U(value));
            Assert.Equal(new ExactReal(value, 0).ToDouble(), Conversions.F64ConvertI64S(value));
            Assert.Equal(new ExactReal((ulong)value, 0).ToDouble(), Conversions.F64ConvertI64U(value));
        }
    }

    [Fact]
    public void Demotion_AnyValue_RoundsOnceAndQuietsNaN()
    {
        foreach (var value in Samples.Double)
        {
            var actual = Conversions.F32DemoteF64(value);
            if (double.IsNaN(value))
            {
                var canonical = FloatAssert.IsAllowedNaN(value) && FloatAssert.IsAllowedNaN(value, value);
                Assert.True(FloatAssert.IsAllowedNaN(actual, canonical ? [] : [Samples.Bits(0x7f800001)]));
            }
            else
            {
                var expected = double.IsFinite(value)
                    ? ExactReal.Of(value).ToSingle(double.IsNegative(value))
                    : double.IsNegative(value) ? float.NegativeInfinity : float.PositiveInfinity;
                Assert.True(FloatAssert.SameBits(expected, actual), $"{value:r}: {actual:r}");
            }
        }
    }

    [Fact]
    public void Promotion_AnyValue_IsExactAndQuietsNaN()
    {
        foreach (var value in Samples.Single)
        {
            var actual = Conversions.F64PromoteF32(value);
            if (float.IsNaN(value))
            {
                var canonical = FloatAssert.IsAllowedNaN(value);
                Assert.True(FloatAssert.IsAllowedNaN(actual, canonical ? [] : [Samples.Bits64(0x7ff0000000000001)]));
            }
            else
            {
                Assert.True(FloatAssert.SameBits(value, Conversions.F32DemoteF64(actual)), $"{value:r}: {actual:r}");
            }
        }
    }

    [Fact]
    public void Reinterpretation_AnyBits_KeepsThem()
    {
        foreach (var value in Samples.Int32)
            Assert.Equal(value, Conversions.I32ReinterpretF32(Conversions.F32ReinterpretI32(value)));
        foreach (var value in Samples.Int64)
            Assert.Equal(value, Conversions.I64ReinterpretF64(Conversions.F64ReinterpretI64(value)));
        Assert.Equal(1f, Conversions.F32ReinterpretI32(0x3f800000));
        Assert.Equal(1d, Conversions.F64ReinterpretI64(0x3ff0000000000000));
    }

    // Optimized at once, so that the constants are known to the JIT compiler.
    [Fact]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Constants_SignallingNaN_AreNeitherQuietedNorRecognized()
    {
        Assert.SkipUnless(Sse2.IsSupported, "constants are opaque only on x86-64");
        Assert.Equal(0x7f800001, Conversions.I32ReinterpretF32(Conversions.F32ReinterpretI32(0x7f800001)));
        Assert.Equal(0x7ff0000000000001, Conversions.I64ReinterpretF64(Conversions.F64ReinterpretI64(0x7ff0000000000001)));

        var signalling = Opaque(0x7f800001);
        Assert.Equal(0x7fc00001, Bits(signalling * Conversions.F32ReinterpretI32(0x3f800000)));
        Assert.Equal(0x7fc00001, Bits(signalling / Conversions.F32ReinterpretI32(0x3f800000)));
        Assert.Equal(0x7fc00001, Bits(signalling - Conversions.F32ReinterpretI32(0)));
        Assert.Equal(0x7fc00001, Bits(signalling + Conversions.F32ReinterpretI32(int.MinValue)));
        Assert.Equal(0x7fc00001, Bits(Conversions.F32DemoteF64(Conversions.F64PromoteF32(signalling))));
    }

    internal static BigInteger Saturated(double value, BigInteger minimum, BigInteger limit)
    {
        if (double.IsNaN(value))
            return 0;
        if (double.IsInfinity(value))
            return value < 0 ? minimum : limit - 1;
        return BigInteger.Clamp(ExactReal.Of(value).Truncate(), minimum, limit - 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Opaque(int bits) => BitConverter.Int32BitsToSingle(bits);

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);

    private static void Traps(double value, BigInteger minimum, BigInteger limit, Func<BigInteger> convert)
    {
        if (double.IsNaN(value))
        {
            Assert.Equal(TrapKind.InvalidConversionToInteger, Assert.Throws<TrapException>(() => convert()).Kind);
            return;
        }

        if (double.IsInfinity(value) || ExactReal.Of(value).Truncate() is var exact && (exact < minimum || exact >= limit))
        {
            Assert.Equal(TrapKind.IntegerOverflow, Assert.Throws<TrapException>(() => convert()).Kind);
            return;
        }

        Assert.Equal(ExactReal.Of(value).Truncate(), convert());
    }
}
