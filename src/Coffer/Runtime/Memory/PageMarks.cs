using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>A stretch of pages.</summary>
internal readonly record struct PageRange(nint Start, nuint Bytes);

/// <summary>
/// Marks in the page tables that refuse access to pages of an accessible mapping (MADV_GUARD_INSTALL; Linux 6.13 and later).
/// Other than a change of the mapping, which one thread of a process can make at a time, to set and to remove them lets others
/// go on. What was in a marked page is gone: it is zero when its mark is removed.
/// </summary>
internal static unsafe partial class PageMarks
{
    private const int AdviseDontNeed = 4, AdviseMark = 102, AdviseUnmark = 103;

    // The same number on all architectures; and what names the calling process in newer systems.
    private const int ProcessAdvise = 440;
    private const int Self = -10000;
    private const int BadAddress = 14;

    /// <summary>Whether the system has them, and they do what they should.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Works();

    /// <summary>Refuses access to a stretch, and forgets what it holds. When it fails some of it may be marked.</summary>
    public static bool TrySet(nint start, ulong bytes) => IsSupported && Advise(start, (nuint)bytes, AdviseMark) == 0;

    /// <summary>Allows access again. When it fails some of it may still be marked.</summary>
    public static bool TryRemove(nint start, ulong bytes) => Advise(start, (nuint)bytes, AdviseUnmark) == 0;

    /// <summary>
    /// The same for many stretches. Other processors are told once for all that the pages are gone,
    /// which costs more than the rest. When it fails some may be marked.
    /// </summary>
    public static bool TrySet(ReadOnlySpan<PageRange> ranges) =>
        IsSupported && TryAdvise(ranges, AdviseDontNeed) && TryAdvise(ranges, AdviseMark);

    private static bool TryAdvise(ReadOnlySpan<PageRange> ranges, int advice)
    {
        nint bytes = 0;
        foreach (var range in ranges)
            bytes += (nint)range.Bytes;
        fixed (PageRange* first = ranges)
            return SystemCall(ProcessAdvise, Self, first, ranges.Length, advice, 0) == bytes;
    }

    /// <summary>
    /// The end of a memory is where its marks begin, and a next tenant relies on what they forget; so they have to prove
    /// themselves before they are believed.
    /// </summary>
    private static bool Works()
    {
        var page = MemoryRegion.PageBytes;
        var start = PosixMemory.TryReserve(3 * page);
        if (start == 0)
            return false;
        var works = false;
        if (PosixMemory.TryMakeAccessible(start, 3 * page))
        {
            var bytes = (byte*)start;
            for (var i = 0; i < 3; i++)
                Volatile.Write(ref bytes[(nuint)i * page], 1);
            works = Advise(start + (nint)page, (nuint)page, AdviseMark) == 0
                && IsReadable(bytes) && !IsReadable(bytes + page) && IsReadable(bytes + (2 * page))
                && Advise(start + (nint)page, (nuint)page, AdviseUnmark) == 0
                && IsReadable(bytes + page)
                && Volatile.Read(ref bytes[0]) == 1 && Volatile.Read(ref bytes[page]) == 0 && Volatile.Read(ref bytes[2 * page]) == 1;
        }
        PosixMemory.Release(start, 3 * page);
        return works;
    }

    // The system looks for a file of that name, if it can read the name. A name of ones and zeros is no file of anybody's.
    private static bool IsReadable(byte* address) =>
        Access(address, 0) == 0 || Marshal.GetLastPInvokeError() != BadAddress;

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true)]
    private static partial int Access(byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint process, PageRange* ranges, nint count, nint advice, nint flags);
}
