using System.Runtime.CompilerServices;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>
/// What happens where the system refuses, or where the process must end. Each test runs one of the explicit tests in a
/// child process.
/// </summary>
public sealed class ConstrainedProcessTests
{
    private const int Page = 65536;
    private static readonly MemoryType Unbounded = new(new Limits(1, null));

    [Fact]
    public async Task Create_LittleAddressSpace_GuardedExplainsAndAutoIsChecked()
    {
        // 12 GB is more than the runtime needs and less than the arena's smallest size plus that.
        var (code, output) = await RunChild(nameof(Child_LittleAddressSpace), "ulimit -v 12000000");

        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public void Child_LittleAddressSpace()
    {
        var refusal = Assert.Throws<ExhaustionException>(
            () => LinearMemory.UsesGuard(Unbounded, new MemoryOptions { Mode = MemoryMode.Guarded }));
        Assert.Equal(ExhaustionKind.System, refusal.Kind);
        Assert.Contains("ulimit -v", refusal.Message);
        Assert.Contains(nameof(MemoryOptions.ArenaBytes), refusal.Message);
        Assert.Contains(nameof(MemoryMode.Auto), refusal.Message);

        // Reservations of 4 GiB soon do not fit: later ones are smaller, and memories nevertheless.
        Assert.False(LinearMemory.UsesGuard(Unbounded, MemoryOptions.Default));
        var memories = new List<LinearMemory>();
        var full = Record.Exception(() =>
        {
            while (memories.Count < 100)
                memories.Add(LinearMemory.Create(Unbounded, MemoryOptions.Default));
        });
        Assert.Contains("ulimit -v", Assert.IsType<ExhaustionException>(full).Message);
        Assert.True(memories.Count > 3, $"only {memories.Count} memories");
        Assert.All(memories, memory => memory.Write(65535, (byte)1));
        Assert.All(memories, memory => Assert.False(memory.IsGuarded));
        memories.ForEach(memory => memory.Dispose());
        LinearMemory.Create(Unbounded, MemoryOptions.Default).Dispose();

        // A minimum that does not fit is refused, not fatal.
        var tooLarge = new MemoryType(new Limits(1UL << 20, null, Is64: true));
        var error = Assert.Throws<ExhaustionException>(() => LinearMemory.Create(tooLarge, MemoryOptions.Default));
        Assert.Contains("ulimit -v", error.Message);
    }

    [Fact]
    public async Task Fault_OutsideTheArena_EndsTheProcess()
    {
        var (code, output) = await RunChild(nameof(Child_FaultOutsideTheArena), "ulimit -c 0");

        Assert.NotEqual(0, code);
        Assert.Contains("AccessViolation", output);
        Assert.DoesNotContain("swallowed", output);
    }

    [Fact(Explicit = true)]
    public void Child_FaultOutsideTheArena()
    {
        // With or without the handler the fault is not one of the arena's.
        _ = MemoryArena.GuardSupported;
        var page = PosixMemory.TryReserve(MemoryRegion.PageBytes);
        try
        {
            Load(page);
        }
        catch (NullReferenceException)
        {
            throw new InvalidOperationException("swallowed");
        }
    }

    [Fact]
    public async Task Create_ArenaFull_NamesTheOption()
    {
        var (code, output) = await RunChild(nameof(Child_SmallArena), "true");

        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public void Child_SmallArena()
    {
        var options = new MemoryOptions { ArenaBytes = 32UL << 30 };
        if (!LinearMemory.UsesGuard(Unbounded, options))
            return;
        var memories = Enumerable.Range(0, 3).Select(_ => LinearMemory.Create(Unbounded, options)).ToList();

        var error = Assert.Throws<ExhaustionException>(() => LinearMemory.Create(Unbounded, options));
        Assert.Contains(nameof(MemoryOptions.ArenaBytes), error.Message);

        memories[1].Dispose();
        using var again = LinearMemory.Create(Unbounded, options);
        Assert.Equal(memories[1].Base, again.Base);
    }

    [Fact]
    public async Task Create_FewMappingsLeft_CopiesThenNamesTheLimit()
    {
        var (code, output) = await RunChild(nameof(Child_FewMappings), "true");

        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public void Child_FewMappings()
    {
        var content = new InitialContent([new ContentPiece(4096, Enumerable.Repeat((byte)7, 40_000).ToArray())]);
        var options = new MemoryOptions { Mode = MemoryMode.Checked };
        LinearMemory.Create(Unbounded, options, null, content).Dispose();
        using var mapped = LinearMemory.Create(Unbounded, options, null, content);
        Assert.NotNull(mapped.Image);

        while (MappingBudget.TryTakeForImage(1))
        {
        }
        using var copied = LinearMemory.Create(Unbounded, options, null, content);
        Assert.Null(copied.Image);
        Assert.True(copied.GetSpan(0, Page).SequenceEqual(mapped.GetSpan(0, Page)));

        while (MappingBudget.TryTake(1))
        {
        }
        using var limited = LinearMemory.Create(new MemoryType(new Limits(0, null)), options);
        Assert.Equal(-1, limited.Grow(1));
        var error = Assert.Throws<ExhaustionException>(() => LinearMemory.Create(Unbounded, options));
        Assert.Equal(ExhaustionKind.System, error.Kind);
        Assert.Contains("vm.max_map_count", error.Message);

        // What is there already can be used again.
        copied.Dispose();
        using var again = LinearMemory.Create(Unbounded, options);
        Assert.False(again.GetSpan(0, Page).ContainsAnyExcept((byte)0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte Load(nint address) => *(byte*)address;

    private static Task<(int Code, string Output)> RunChild(string test, string preparation) =>
        ChildTest.Run(typeof(ConstrainedProcessTests), test, preparation);
}
