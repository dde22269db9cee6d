using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>A stretch of pages that somebody wrote to.</summary>
internal readonly record struct WrittenRange(nint Start, nint End, ulong Categories);

/// <summary>
/// Finds the pages of a private mapping that are no longer what was mapped, from the page tables themselves
/// (PAGEMAP_SCAN; Linux 6.7 and later).
/// </summary>
internal static unsafe partial class PageScan
{
    // _IOWR('f', 16, struct pm_scan_arg)
    private const nuint Scan = 0xC0606610;
    private const ulong IsFile = 4, IsPresent = 8, IsSwapped = 16, IsZeroPage = 32;
    private const int CloseOnExec = 0x80000;

    private static readonly int s_pageMap = TryOpen();

    /// <summary>Whether the system has it, and tells what it should.</summary>
    public static bool IsSupported => s_pageMap >= 0;

    /// <summary>
    /// The pages in a stretch of one region that hold something of their own: those that were written since they were
    /// mapped, at least, and where the system has no page of zeros those that were read. Returns how many ranges there are; -1 when they are more than fit, or more pages than wanted, or
    /// the system does not tell.
    /// </summary>
    public static int Find(nint start, ulong bytes, Span<WrittenRange> ranges, int mostPages) =>
        s_pageMap < 0 ? -1 : Find(s_pageMap, start, bytes, ranges, mostPages);

    private static int Find(int pageMap, nint start, ulong bytes, Span<WrittenRange> ranges, int mostPages)
    {
        fixed (WrittenRange* vector = ranges)
        {
            var request = new Request
            {
                Size = (ulong)sizeof(Request),
                Start = (ulong)start,
                End = (ulong)start + bytes,
                Vector = (ulong)vector,
                VectorLength = (ulong)ranges.Length,
                // One more, to tell "as many" from "too many".
                MaximumPages = (ulong)mostPages + 1,
                // Neither a page of the file, nor the page of zeros that reading maps. A page on its way between memory and
                // disk counts as swapped.
                CategoryInverted = IsFile | IsZeroPage,
                CategoryMask = IsFile | IsZeroPage,
                CategoryAnyOf = IsPresent | IsSwapped,
                ReturnMask = IsPresent | IsSwapped,
            };
            var found = Control(pageMap, Scan, &request);
            if (found < 0 || request.WalkEnd != request.End)
                return -1;
            var pages = 0UL;
            foreach (var range in ranges[..found])
                pages += (ulong)(range.End - range.Start) / MemoryRegion.PageBytes;
            return pages > (ulong)mostPages ? -1 : found;
        }
    }

    private static int TryOpen()
    {
        if (!OperatingSystem.IsLinux())
            return -1;
        var file = Open("/proc/self/pagemap", CloseOnExec);
        if (file < 0 || IsTruthful(file))
            return file;
        _ = PosixMemory.Close(file);
        return -1;
    }

    /// <summary>
    /// Tenants are kept apart by what this says; so it must find a page that was written, among others that were not touched or
    /// only read, before it is believed. To find more than that is safe: hypervisors whose guests have no page of zeros
    /// (PVM) give a page of its own to whoever reads one, and larger pages are found whole.
    /// </summary>
    private static bool IsTruthful(int pageMap)
    {
        var page = MemoryRegion.PageBytes;
        var start = PosixMemory.TryReserve(4 * page);
        if (start == 0)
            return false;
        var isTruthful = false;
        if (PosixMemory.TryMakeAccessible(start, 4 * page))
        {
            var bytes = (byte*)start;
            Volatile.Write(ref bytes[page], 1);
            _ = Volatile.Read(ref bytes[3 * page]);
            Span<WrittenRange> ranges = stackalloc WrittenRange[4];
            var count = Find(pageMap, start, 4 * page, ranges, 4);
            foreach (var range in ranges[..Math.Max(count, 0)])
                isTruthful |= range.Start <= start + (nint)page && range.End >= start + (nint)(2 * page);
        }
        PosixMemory.Release(start, 4 * page);
        return isTruthful;
    }

    /// <summary>struct pm_scan_arg.</summary>
    private struct Request
    {
        public ulong Size, Flags, Start, End, WalkEnd, Vector, VectorLength, MaximumPages;
        public ulong CategoryInverted, CategoryMask, CategoryAnyOf, ReturnMask;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int file, nuint request, Request* argument);
}
