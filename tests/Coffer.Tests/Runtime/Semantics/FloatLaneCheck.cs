using System.Runtime.CompilerServices;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Tests.Runtime.Semantics;

/// <summary>Vector operations on floating-point lanes, compared with scalar references under the rules for NaN.</summary>
internal static class FloatLaneCheck
{
    public static void Unary(
        Func<V128, V128> operation, Func<float, float> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") =>
        Binary((a, _) => operation(a), (a, _) => reference(a), name, unary: true);

    public static void Unary(
        Func<V128, V128> operation, Func<double, double> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") =>
        Binary((a, _) => operation(a), (a, _) => reference(a), name, unary: true);

    public static void Binary(
        Func<V128, V128, V128> operation, Func<float, float, float> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "", bool unary = false)
    {
        foreach (var (left, right) in VectorSamples.Pairs<float>())
        {
            var (a, b, r) = (LaneCheck.Split<float>(left), LaneCheck.Split<float>(right), LaneCheck.Split<float>(operation(left, right)));
            for (var i = 0; i < r.Length; i++)
            {
                var expected = reference(a[i], b[i]);
                Assert.True(
                    FloatAssert.Matches(expected, r[i], unary ? [a[i]] : [a[i], b[i]]),
                    $"{name}({a[i]:r}, {b[i]:r}): expected {expected:r}, got {r[i]:r} (0x{BitConverter.SingleToInt32Bits(r[i]):x})");
            }
        }
    }

    public static void Binary(
        Func<V128, V128, V128> operation, Func<double, double, double> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "", bool unary = false)
    {
        foreach (var (left, right) in VectorSamples.Pairs<double>())
        {
            var (a, b, r) = (LaneCheck.Split<double>(left), LaneCheck.Split<double>(right), LaneCheck.Split<double>(operation(left, right)));
            for (var i = 0; i < r.Length; i++)
            {
                var expected = reference(a[i], b[i]);
                Assert.True(
                    FloatAssert.Matches(expected, r[i], unary ? [a[i]] : [a[i], b[i]]),
                    $"{name}({a[i]:r}, {b[i]:r}): expected {expected:r}, got {r[i]:r} (0x{BitConverter.DoubleToInt64Bits(r[i]):x})");
            }
        }
    }

    /// <summary>Lanes chosen or changed as bits: NaN included, the result is exactly that of the reference.</summary>
    public static void Bits<T>(
        Func<V128, V128, V128> operation, Func<T, T, T> reference,
        [CallerArgumentExpression(nameof(operation))] string name = "") where T : unmanaged
    {
        foreach (var (a, b) in VectorSamples.Pairs<T>())
        {
            var expected = LaneCheck.Split<T>(a).Zip(LaneCheck.Split<T>(b), reference).ToArray();
            LaneCheck.Same<T>(LaneCheck.Join<T>(expected), operation(a, b), name, a, b);
        }
    }
}
