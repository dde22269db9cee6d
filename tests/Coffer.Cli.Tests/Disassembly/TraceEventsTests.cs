using System.Reflection;
using System.Runtime.CompilerServices;
using Coffer.Cli.Disassembly;

namespace Coffer.Cli.Tests.Disassembly;

/// <summary>Traces of this process's own runtime, whole and damaged.</summary>
[Collection(RuntimeListening.Name)]
public sealed class TraceEventsTests
{
    private static readonly MethodInfo Method = typeof(TraceEventsTests).GetMethod(
        nameof(NotCompiledYet), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly Lazy<byte[]> Trace = new(() => RuntimeTrace.Record(
        NativeOffsetMap.Keywords, () => RuntimeHelpers.PrepareMethod(Method.MethodHandle), CancellationToken.None));

    [Fact]
    public void Find_EventsOfTheRuntime_HaveThatOfTheMethod() =>
        Assert.Contains(Find(Trace.Value), payload => BitConverter.ToInt64(payload) == Method.MethodHandle.Value);

    [Fact]
    public void Find_OtherSourceOrKind_IsNothing()
    {
        Assert.Empty(TraceEvents.Find(Trace.Value, "other", NativeOffsetMap.MethodMap));
        Assert.Empty(TraceEvents.Find(Trace.Value, RuntimeTrace.Runtime, NativeOffsetMap.MethodMap + 1));
    }

    [Fact]
    public void Find_TraceThatEndsEarly_IsRefused()
    {
        for (var length = 0; length < Trace.Value.Length; length += length < 4096 ? 1 : 61)
        {
            Assert.Throws<TraceException>(() => Find(Trace.Value.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Find_DamagedTrace_GivesSomethingOrIsRefused()
    {
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var damaged = Trace.Value.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                damaged[random.Next(Math.Min(damaged.Length, 4096))] = (byte)random.Next(256);
            }

            try
            {
                Find(damaged);
            }
            catch (TraceException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 2999);
    }

    [Fact]
    public void Record_Cancelled_StopsAtOnce()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => RuntimeTrace.Record(
            NativeOffsetMap.Keywords, () => Assert.Fail("done although cancelled"), cancelled.Token));
    }

    [Fact]
    public void Compile_MethodThatIsCompiledAlready_IsRefused()
    {
        Assert.NotEmpty(Trace.Value);
        var refusal = Assert.Throws<TraceException>(() => NativeOffsetMap.Compile(Method, CancellationToken.None));
        Assert.Contains("said nothing of this function", refusal.Message);
    }

    private static IReadOnlyList<byte[]> Find(ReadOnlySpan<byte> trace) =>
        TraceEvents.Find(trace, RuntimeTrace.Runtime, NativeOffsetMap.MethodMap);

    private static int NotCompiledYet(int left, int right) => left / right;
}
