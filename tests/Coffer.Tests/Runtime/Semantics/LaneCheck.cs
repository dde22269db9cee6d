using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

/// <summary>
/// Runs a vector operation over many inputs and compares it, lane by lane, with a reference in plain arithmetic.
/// Integer references compute without bounds; the result is wrapped to the lane.
/// </summary>
internal static class LaneCheck
{
    public static T[] Split<T>(V128 vector) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(MemoryMarshal.AsBytes(new ReadOnlySpan<V128>(in vector))).ToArray();

    public static V128 Join<T>(params ReadOnlySpan<T> lanes) where T : unmanaged
    {
        Assert.Equal(16, lanes.Length * Unsafe.SizeOf<T>());
        return MemoryMarshal.Read<V128>(MemoryMarshal.AsBytes(lanes));
    }

    public static void Unary<T>(
        Func<V128, V128> operation, Func<BigInteger, BigInteger> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged, IBinaryInteger<T>
    {
        foreach (var (a, _) in VectorSamples.Pairs<T>())
            Same<T>(Map(a, reference), operation(a), name, a);

        V128 Map(V128 a, Func<BigInteger, BigInteger> f) =>
            Join<T>(Split<T>(a).Select(x => T.CreateTruncating(f(BigInteger.CreateChecked(x)))).ToArray());
    }

    public static void Binary<T>(
        Func<V128, V128, V128> operation, Func<BigInteger, BigInteger, BigInteger> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged, IBinaryInteger<T>
    {
        foreach (var (a, b) in VectorSamples.Pairs<T>())
        {
            var expected = Split<T>(a).Zip(Split<T>(b), (x, y) =>
                T.CreateTruncating(reference(BigInteger.CreateChecked(x), BigInteger.CreateChecked(y))));
            Same<T>(Join<T>(expected.ToArray()), operation(a, b), name, a, b);
        }
    }

    /// <summary>A relation, whose result is a lane of ones or of zeros.</summary>
    public static void Relation<T>(
        Func<V128, V128, V128> operation, Func<T, T, bool> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged
    {
        foreach (var (a, b) in VectorSamples.Pairs<T>())
        {
            var expected = Split<T>(a).Zip(Split<T>(b), reference)
                .SelectMany(holds => Enumerable.Repeat(holds ? (byte)0xff : (byte)0, Unsafe.SizeOf<T>()));
            Same<byte>(Join<byte>(expected.ToArray()), operation(a, b), name, a, b);
        }
    }

    /// <summary>An operation across lanes, or between lanes of different widths.</summary>
    public static void Across<TIn, TOut>(
        Func<V128, V128, V128> operation, Func<BigInteger[], BigInteger[], IEnumerable<BigInteger>> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "")
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged, IBinaryInteger<TOut>
    {
        foreach (var (a, b) in VectorSamples.Pairs<TIn>())
        {
            var expected = reference(Integers(a), Integers(b)).Select(TOut.CreateTruncating);
            Same<TOut>(Join<TOut>(expected.ToArray()), operation(a, b), name, a, b);
        }

        BigInteger[] Integers(V128 vector) => [.. Split<TIn>(vector).Select(BigInteger.CreateChecked)];
    }

    public static void Across<TIn, TOut>(
        Func<V128, V128> operation, Func<BigInteger[], IEnumerable<BigInteger>> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "")
        where TIn : unmanaged, IBinaryInteger<TIn> where TOut : unmanaged, IBinaryInteger<TOut> =>
        Across<TIn, TOut>((a, _) => operation(a), (a, _) => reference(a), name);

    /// <summary>A test of a whole vector.</summary>
    public static void Test<T>(
        Func<V128, int> operation, Func<T[], int> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged
    {
        foreach (var (a, b) in VectorSamples.Pairs<T>())
        {
            foreach (var vector in new[] { a, b, a & ~b })
            {
                var expected = reference(Split<T>(vector));
                var actual = operation(vector);
                Assert.True(expected == actual, $"{name}({Show<T>(vector)}): expected {expected}, got {actual}");
            }
        }
    }

    /// <summary>A shift of lanes by every count, within the width and beyond.</summary>
    public static void Shift<T>(
        Func<V128, int, V128> operation, Func<BigInteger, int, BigInteger> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged, IBinaryInteger<T>
    {
        var width = Unsafe.SizeOf<T>() * 8;
        int[] counts = [.. Enumerable.Range(0, (2 * width) + 1), -1, -width, 255, 256, int.MaxValue, int.MinValue];
        foreach (var count in counts)
        {
            foreach (var (a, _) in VectorSamples.Pairs<T>().Take(40))
            {
                var masked = count & (width - 1);
                var expected = Split<T>(a).Select(x => T.CreateTruncating(reference(BigInteger.CreateChecked(x), masked)));
                Same<T>(Join<T>(expected.ToArray()), operation(a, count), $"{name} by {count}", a);
            }
        }
    }

    public static void Same<T>(V128 expected, V128 actual, string name, params ReadOnlySpan<V128> operands)
        where T : unmanaged
    {
        if (expected == actual)
            return;
        var shown = string.Join(", ", operands.ToArray().Select(Show<T>));
        Assert.Fail($"{name}({shown}): expected {Show<T>(expected)}, got {Show<T>(actual)}");
    }

    public static string Show<T>(V128 vector) where T : unmanaged => $"<{string.Join(" ", Split<T>(vector))}>";
}
