using System.Runtime.Intrinsics;

namespace Coffer.Tests.Compilation.Emitters;

/// <summary>Runs the two methods of an <see cref="IntrinsicImage"/> for one instruction on the same operands.</summary>
internal static unsafe class IntrinsicComparison
{
    private const int Slot = 16;

    public static void Run(
        Type type, string name, IEnumerable<(Vector128<byte> A, Vector128<byte> B, Vector128<byte> C)> operands)
    {
        var intrinsic = (delegate*<byte*, byte*, void>)type.GetMethod(name)!.MethodHandle.GetFunctionPointer();
        var call = (delegate*<byte*, byte*, void>)type.GetMethod(name + "Call")!.MethodHandle.GetFunctionPointer();
        var slots = stackalloc byte[3 * Slot];
        var results = stackalloc byte[2 * Slot];
        foreach (var (a, b, c) in operands)
        {
            a.Store(slots);
            b.Store(slots + Slot);
            c.Store(slots + (2 * Slot));
            new Span<byte>(results, 2 * Slot).Clear();
            intrinsic(slots, results);
            call(slots, results + Slot);
            var (actual, expected) = (Vector128.Load(results), Vector128.Load(results + Slot));
            Assert.True(actual == expected, $"{name}({a}, {b}, {c}): intrinsics {actual}, method {expected}");
        }
    }
}
