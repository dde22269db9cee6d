using System.Diagnostics;
using System.Runtime.CompilerServices;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>
/// Measurements for docs/rationale/memory.md, run on demand:
/// <c>dotnet run -c Release --project tests/Coffer.Tests -- -class Coffer.Tests.Runtime.Memory.MemoryCosts -explicit only
/// -showLiveOutput</c>.
/// </summary>
public sealed class MemoryCosts
{
    private const ulong Page = 65536;
    private static readonly MemoryOptions Guarded = new() { Mode = MemoryMode.Guarded };
    private static readonly MemoryOptions Checked = new() { Mode = MemoryMode.Checked };
    private static readonly MemoryType OnePage = new(new Limits(1, null));

    [Fact(Explicit = true)]
    public void Measure()
    {
        Assert.SkipUnless(MemoryArena.GuardSupported, "guarded memory is not available on this system");
        foreach (var options in (MemoryOptions[])[Guarded, Checked])
        {
            Report($"{options.Mode}: create and dispose, untouched", 20_000, () =>
                LinearMemory.Create(OnePage, options).Dispose());
            Report($"{options.Mode}: create, dirty 3 pages, dispose", 20_000, () =>
            {
                using var memory = LinearMemory.Create(OnePage, options);
                for (ulong page = 0; page < 3; page++)
                    memory.Write(page * 4096, 1);
            });
            Report($"{options.Mode}: create, grow by 1 page, dispose", 20_000, () =>
            {
                using var memory = LinearMemory.Create(OnePage, options);
                memory.Grow(1);
            });
            using var growing = LinearMemory.Create(OnePage, options);
            Report($"{options.Mode}: grow by 1 page", 5_000, () => growing.Grow(1));
        }

        var megabyte = new MemoryType(new Limits(128, null));
        foreach (var bytes in (int[])[1 << 10, 4 << 10, 16 << 10, 64 << 10, 1 << 20, 4 << 20])
        {
            var data = Enumerable.Repeat((byte)1, bytes).ToArray();
            foreach (var isMapped in (bool[])[false, true])
            {
                var content = new InitialContent([new ContentPiece(Page, data)], isMapped ? 0 : ulong.MaxValue);
                void Tenant()
                {
                    using var memory = LinearMemory.Create(megabyte, Guarded, null, content);
                    memory.Write(0, 1);
                    memory.Write(Page, 1);
                    memory.Write(Page * 2, 1);
                }

                Report($"Guarded: {bytes >> 10} KiB of data {(isMapped ? "mapped" : "copied")}, dirty 3 pages", bytes >> 20 > 0 ? 300 : 3_000, Tenant);
            }
        }

        foreach (var pages in (int[])[1, 3, 10, 30, 100, 300, 512, 513])
        {
            Report($"Guarded: dirty {pages} pages, dispose", 2_000, () =>
            {
                using var memory = LinearMemory.Create(megabyte, Guarded);
                for (var page = 0; page < pages; page++)
                    memory.Write((ulong)page * 4096, 1);
            });
        }

        var sizes = 0UL;
        Report("Guarded: create and dispose, sizes alternating", 20_000, () =>
            LinearMemory.Create(new MemoryType(new Limits(1 + (sizes++ & 1), null)), Guarded).Dispose());
        using var one = LinearMemory.Create(OnePage, Guarded);
        Report("Guarded: access beyond the end, caught", 5_000, () => Catch(() => Load(one.Base + (nint)Page)));
        Report("Checked: access beyond the end, caught", 5_000, () => Catch(() => one.Read<byte>(Page)));
        Report("An ordinary null reference, caught", 5_000, () => Catch(() => Load(0)));

        using var shared = LinearMemory.Create(new MemoryType(new Limits(1, 1, IsShared: true)), Guarded);
        Report("Notify nobody", 100_000, () => AtomicOps.MemoryAtomicNotify(shared, 0, 1));
        Report("Wait, other value", 100_000, () => AtomicOps.MemoryAtomicWait32(shared, 0, 1, -1, default));
    }

    private static void Report(string what, int count, Action action)
    {
        for (var i = 0; i < count; i++)
            action();
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < count; i++)
                action();
            best = Math.Min(best, watch.Elapsed.TotalMicroseconds / count);
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{best,8:F2} µs  {what}");
    }

    private static void Catch(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is NullReferenceException or TrapException)
        {
            return;
        }
        throw new InvalidOperationException("no trap");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte Load(nint address) => *(byte*)address;
}
