using System.Globalization;
using System.Runtime.CompilerServices;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime;

public sealed unsafe class StackBoundsTests
{
    [Theory]
    [InlineData(256 << 10)]
    [InlineData(1 << 20)]
    [InlineData(16 << 20)]
    public void Lowest_OnASecondaryThread_IsTheEndOfItsStack(int stackSize)
    {
        nuint here = 0, lowest = 0, mapped = 0;
        RunOnThread(stackSize, () =>
        {
            here = Here();
            lowest = StackBounds.Lowest;
            mapped = OperatingSystem.IsLinux() ? StartOfMapping(here) : lowest;
        });

        Assert.True(lowest < here);
        // Not less than half: the frames above this one take little. It may be more, for threads inherit stacks.
        Assert.True(here - lowest > (nuint)stackSize / 2);
        Assert.InRange(lowest, mapped, mapped + (64 << 10));
    }

    [Fact]
    public void Limit_RecursionDownToIt_Survives()
    {
        var depth = 0;
        RunOnThread(1 << 20, () => depth = Descend(StackBounds.Limit(128 << 10), 0));

        Assert.True(depth > 1000, $"only {depth} frames");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Limit_DefaultReserve_IsEnoughForATrapInTheDeepestFrame(bool guarded)
    {
        Assert.SkipUnless(!guarded || MemoryArena.GuardSupported, "guarded memory is not available on this system");
        var options = new MemoryOptions { Mode = guarded ? MemoryMode.Guarded : MemoryMode.Checked };
        using var memory = LinearMemory.Create(new MemoryType(new Limits(1, null)), options);
        var caught = 0;
        for (var round = 0; round < 10; round++)
        {
            RunOnThread(1 << 20, () =>
            {
                try
                {
                    DescendAndTrap(StackBounds.Limit(), memory);
                }
                catch (Exception error) when (error is NullReferenceException or TrapException)
                {
                    caught++;
                }
            });
        }

        Assert.Equal(10, caught);
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
    private static int DescendAndTrap(nuint limit, LinearMemory memory)
    {
        byte local;
        if ((nuint)(&local) >= limit)
            return DescendAndTrap(limit, memory) + (local & 0);
        return memory.IsGuarded ? ((byte*)memory.Base)[65536] : memory.Read<byte>(65536);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nuint Here()
    {
        byte local;
        return (nuint)(&local);
    }

    /// <summary>Where the writable mapping around an address begins.</summary>
    private static nuint StartOfMapping(nuint address)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var range = line.Split(' ')[0].Split('-');
            var start = nuint.Parse(range[0], NumberStyles.HexNumber);
            if (address >= start && address < nuint.Parse(range[1], NumberStyles.HexNumber))
                return start;
        }
        throw new InvalidOperationException("the stack is not mapped");
    }

    private static void RunOnThread(int stackSize, Action action)
    {
        var thread = new Thread(() => action(), stackSize);
        thread.Start();
        thread.Join();
    }
}
