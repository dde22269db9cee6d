using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>
/// How many of the system's mappings linear memories may use up. Linux allows a process 65,530 (vm.max_map_count), and a
/// runtime that gets no more of them ends the process; so memories stop before.
/// </summary>
internal static unsafe partial class MappingBudget
{
    private const int Usual = 65_530;

    // For the heap, the machine code and the threads of the process.
    private const int Reserve = 5_000;

    // Images are a matter of speed only, and are given up first.
    private const int ReserveWithImages = 12_000;

    private static int s_used;

    /// <summary>What the system allows the process.</summary>
    public static int Limit { get; } = OperatingSystem.IsLinux() ? ReadLimit() : int.MaxValue;

    /// <summary>Takes mappings for a region that becomes accessible.</summary>
    public static bool TryTake(int count) => TryTake(count, Reserve);

    /// <summary>Takes mappings for an image, of which fewer are allowed.</summary>
    public static bool TryTakeForImage(int count) => TryTake(count, ReserveWithImages);

    public static void Return(int count) => Interlocked.Add(ref s_used, -count);

    /// <summary>What to say when there is none left.</summary>
    public static ExhaustionException Exhausted() => new(
        ExhaustionKind.System,
        $"the linear memories of this process use {Volatile.Read(ref s_used)} mappings, and the system allows it {Limit} in all, "
        + "of which some are kept for the runtime; raise the limit (sysctl vm.max_map_count) or dispose stores earlier");

    private static bool TryTake(int count, int reserve)
    {
        // A small limit is shared half and half.
        if (Interlocked.Add(ref s_used, count) <= Limit - Math.Min(reserve, Limit / 2))
            return true;
        Interlocked.Add(ref s_used, -count);
        return false;
    }

    private static int ReadLimit()
    {
        var file = Open("/proc/sys/vm/max_map_count", 0);
        if (file < 0)
            return Usual;
        Span<byte> text = stackalloc byte[32];
        nint length;
        fixed (byte* first = text)
            length = Read(file, first, (nuint)text.Length);
        _ = PosixMemory.Close(file);
        return length > 0 && Utf8Parser.TryParse(text[..(int)length], out long limit, out _)
            ? (int)Math.Clamp(limit, 1, int.MaxValue)
            : Usual;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, byte* buffer, nuint count);
}
