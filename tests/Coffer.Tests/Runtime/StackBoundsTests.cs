using System.Runtime.CompilerServices;
using Coffer.Runtime;

namespace Coffer.Tests.Runtime;

public sealed unsafe class StackBoundsTests
{
    [Theory]
    [InlineData(256 << 10)]
    [InlineData(1 << 20)]
    [InlineData(16 << 20)]
    public void Lowest_OnASecondaryThread_IsWithinItsStackSize(int stackSize)
    {
        nuint here = 0, lowest = 0;
        RunOnThread(stackSize, () =>
        {
            here = Here();
            lowest = StackBounds.Lowest;
        });

        Assert.True(lowest < here);
        // The frames above this one take little of the stack; the system may round the size up.
        Assert.InRange(here - lowest, (nuint)stackSize / 2, (nuint)stackSize + (64 << 10));
    }

    [Fact]
    public void Limit_RecursionDownToIt_Survives()
    {
        var depth = 0;
        RunOnThread(1 << 20, () => depth = Descend(StackBounds.Limit(128 << 10), 0));

        Assert.True(depth > 1000, $"only {depth} frames");
    }

    [Fact]
    public void Limit_ReserveLargerThanTheStack_IsAboveEveryFrame()
    {
        var refused = false;
        RunOnThread(256 << 10, () => refused = Here() < StackBounds.Limit(1 << 20));

        Assert.True(refused);
        Assert.Equal(nuint.MaxValue, StackBounds.Limit(nuint.MaxValue));
    }

    [Fact]
    public void Lowest_OnTheSameThread_IsStable() => Assert.Equal(StackBounds.Lowest, StackBounds.Lowest);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(nuint limit, int depth)
    {
        byte local;
        return (nuint)(&local) < limit ? depth : Descend(limit, depth + 1) + (local & 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nuint Here()
    {
        byte local;
        return (nuint)(&local);
    }

    private static void RunOnThread(int stackSize, Action action)
    {
        var thread = new Thread(() => action(), stackSize);
        thread.Start();
        thread.Join();
    }
}
