using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>
/// A piece of reserved address space of which a prefix is accessible. It is either a slot of the arena or a
/// reservation of its own, and never moves.
/// </summary>
internal sealed class MemoryRegion
{
    // What the heap, the compiler and a few threads may still need when address space is limited.
    private const ulong RoomBytes = 256UL << 20;

    // A region may be read and written, and is followed by what may not: each is a mapping of the system's.
    private const int Mappings = 2;

    // Rewriting a page that is resident costs a tenth of giving it back and having the next tenant fault it in again. These
    // bound what waits so for a next tenant, in one region and in all.
    private const int MostPagesKept = 512;
    private const int MostPagesKeptInAll = 16_384;
    private const int MostRanges = 128;
    private const ulong LargestScan = 64UL << 20;

    // Of most processors; only a mapping that has all of one gets it.
    private const ulong LargePageBytes = 2UL << 20;

    // Marks take a word of a page table for each page, and time to set.
    private const ulong MostMarked = 1UL << 20;

    private static int s_pagesKept;

    private readonly MemoryArena? _arena;
    private int _pagesKept;
    private int _mappings;

    // What the tenant began with; how far the mapping allows access; and where the last page may be that is marked, which
    // refuses it. Pages beyond the accessible ones that the mapping allows are all marked.
    private ulong _prepared, _allowed, _marked;

    internal MemoryRegion(nint start, ulong reservedBytes, MemoryArena? arena)
    {
        Start = start;
        ReservedBytes = reservedBytes;
        _arena = arena;
    }

    public nint Start { get; }

    public ulong ReservedBytes { get; }

    /// <summary>The bytes that can be made accessible: the last page never is.</summary>
    public ulong UsableBytes => ReservedBytes - PageBytes;

    /// <summary>The bytes from the start that can be read and written: a multiple of the system's page.</summary>
    public ulong AccessibleBytes { get; private set; }

    /// <summary>Whether what becomes accessible from now on should be in large pages. The system keeps that in mind for later tenants.</summary>
    public bool WantsLargePages { get; set; }

    /// <summary>What a part of the accessible bytes is mapped from; all others are zero at first.</summary>
    public MemoryImage? Image { get; private set; }

    public bool IsGuarded => _arena is not null;

    /// <summary>
    /// A reservation of its own, of which some may be accessible and zero already. Null when the system refuses it and
    /// says why.
    /// </summary>
    public static MemoryRegion? TryReserve(ulong bytes)
    {
        // No system has as much, and below it nothing overflows.
        if (bytes > 1UL << 62)
            return null;
        bytes = RegionPool.RoundUpToClass(RoundUpToPage(Math.Max(bytes, 1)));
        if (RegionPool.TryTake(bytes) is { } kept)
            return kept;
        // One page more, never accessible, so that a read past the end by our own mistake faults.
        var reserved = bytes + PageBytes;
        var start = TryReserveAddresses(reserved);
        return start == 0 ? null : new MemoryRegion(start, reserved, arena: null);
    }

    /// <summary>
    /// Reserves address space if some remains for the runtime, which ends the process when it gets none itself.
    /// </summary>
    public static nint TryReserveAddresses(ulong bytes)
    {
        var start = ReserveAddresses(bytes);
        if (start == 0 || !PosixMemory.IsAddressSpaceLimited)
            return start;
        var room = ReserveAddresses(RoomBytes);
        if (room != 0)
        {
            ReleaseAddresses(room, RoomBytes);
            return start;
        }
        var error = Marshal.GetLastPInvokeError();
        ReleaseAddresses(start, bytes);
        Marshal.SetLastPInvokeError(error);
        return 0;
    }

    /// <summary>
    /// Makes the first bytes accessible, and no page more, in a region that nobody uses: its accessible bytes are zero, but
    /// for its image.
    /// </summary>
    /// <exception cref="ExhaustionException">The process has too many mappings.</exception>
    public bool TryPrepare(ulong bytes)
    {
        if (_pagesKept > 0)
        {
            Interlocked.Add(ref s_pagesKept, -_pagesKept);
            _pagesKept = 0;
        }
        if (bytes > 0 && !TryTakeMappings())
            throw MappingBudget.Exhausted();
        _prepared = RoundUpToPage(bytes);
        return TryShrink(bytes) && TryExtend(bytes);
    }

    /// <summary>Whether it is worth waiting for others with <see cref="ShrinkAll"/>.</summary>
    public bool HasGrown => IsGuarded && AccessibleBytes > _prepared && _allowed - _prepared <= MostMarked && PageMarks.IsSupported;

    /// <summary>
    /// Takes away what regions that nobody uses have grown by. Those that are as their tenants found them come first; how many
    /// are is returned. All others must not be used again.
    /// </summary>
    public static int ShrinkAll(Span<MemoryRegion> regions)
    {
        Span<PageRange> ranges = stackalloc PageRange[regions.Length];
        for (var i = 0; i < ranges.Length; i++)
        {
            var region = regions[i];
            ranges[i] = new PageRange(region.Start + (nint)region._prepared, (nuint)(region.AccessibleBytes - region._prepared));
            region._marked = Math.Max(region._marked, region.AccessibleBytes);
        }
        if (PageMarks.TrySet(ranges))
        {
            foreach (var region in regions)
                region.AccessibleBytes = region._prepared;
            return regions.Length;
        }
        var count = 0;
        foreach (var region in regions)
        {
            if (region.TryShrink(region._prepared))
                regions[count++] = region;
        }
        return count;
    }

    private bool TryTakeMappings()
    {
        if (_mappings == 0 && MappingBudget.TryTake(Mappings))
            _mappings = Mappings;
        return _mappings > 0;
    }

    /// <summary>Makes at least the first bytes accessible, all zero where they were not.</summary>
    public bool TryExtend(ulong bytes)
    {
        if (bytes > UsableBytes)
            return false;
        var wanted = RoundUpToPage(bytes);
        if (wanted <= AccessibleBytes)
            return true;
        if (!TryTakeMappings())
            return false;
        if (wanted > _allowed)
        {
            var address = Start + (nint)_allowed;
            var added = wanted - _allowed;
            var done = OperatingSystem.IsWindows()
                ? WindowsMemory.TryMakeAccessible(address, added)
                : PosixMemory.TryMakeAccessible(address, added);
            if (!done)
                return false;
            // From the start when it becomes that large, so that all of it is one mapping.
            var first = _allowed >= LargePageBytes ? _allowed : 0;
            _allowed = wanted;
            if (WantsLargePages && wanted >= LargePageBytes && OperatingSystem.IsLinux())
                PosixMemory.WishForLargePages(Start + (nint)first, wanted - first);
        }
        if (AccessibleBytes < _marked && !PageMarks.TryRemove(Start + (nint)AccessibleBytes, Math.Min(wanted, _marked) - AccessibleBytes))
        {
            // Some of it is accessible now. If that cannot be undone either, it is at least known.
            if (!TryForbid(AccessibleBytes))
                AccessibleBytes = _allowed;
            return false;
        }
        AccessibleBytes = wanted;
        return true;
    }

    /// <summary>Takes the access to what is behind the first bytes away again. For reused regions, so POSIX only.</summary>
    private bool TryShrink(ulong bytes)
    {
        var wanted = RoundUpToPage(bytes);
        if (wanted >= AccessibleBytes)
            return true;
        if (IsGuarded && _allowed - wanted <= MostMarked)
        {
            _marked = Math.Max(_marked, AccessibleBytes);
            if (PageMarks.TrySet(Start + (nint)wanted, AccessibleBytes - wanted))
            {
                AccessibleBytes = wanted;
                return true;
            }
        }
        return TryForbid(wanted);
    }

    /// <summary>Lets the mapping allow access to the first bytes only; marks stay.</summary>
    private bool TryForbid(ulong wanted)
    {
        if (_allowed > wanted && !PosixMemory.TryMakeInaccessible(Start + (nint)wanted, _allowed - wanted))
            return false;
        AccessibleBytes = _allowed = wanted;
        return true;
    }

    /// <summary>
    /// Maps an image over its part of a region that is accessible there, and zero. False when there are too many mappings;
    /// then all is as before. Linux only.
    /// </summary>
    /// <exception cref="ExhaustionException">The region was lost, and must not be used.</exception>
    public bool TryAttach(MemoryImage image)
    {
        if (!MappingBudget.TryTakeForImage(MemoryImage.Mappings))
            return false;
        if (image.TryMap(Start))
        {
            Image = image;
            _mappings += MemoryImage.Mappings;
            return true;
        }
        MappingBudget.Return(MemoryImage.Mappings);
        return PosixMemory.TryMapZeros(Start + (nint)image.Start, image.Bytes)
            ? false
            : throw SystemRefusal.Exception(image.Bytes, "a memory in the place of its image");
    }

    /// <summary>Puts zeros in the place of the image. When it fails the region must not be used again.</summary>
    public bool TryDetach()
    {
        if (Image is null)
            return true;
        if (!PosixMemory.TryMapZeros(Start + (nint)Image.Start, Image.Bytes))
            return false;
        Image = null;
        _mappings -= MemoryImage.Mappings;
        MappingBudget.Return(MemoryImage.Mappings);
        return true;
    }

    /// <summary>
    /// Makes the accessible bytes what they were at first, zeros and the image; Linux only. Few pages are rewritten and
    /// stay resident, many are given back.
    /// </summary>
    public bool TryReset()
    {
        if (AccessibleBytes == 0 || TryRewrite())
            return true;
        if (PosixMemory.TryForget(Start, AccessibleBytes))
            return true;
        // Locked pages refuse that. A fresh mapping in the same place has nothing of the old one, nor of the image.
        if (!PosixMemory.TryMapZeros(Start, AccessibleBytes))
            return false;
        if (Image is not null)
            MappingBudget.Return(MemoryImage.Mappings);
        Image = null;
        _mappings = Mappings;
        return true;
    }

    private unsafe bool TryRewrite()
    {
        if (AccessibleBytes > LargestScan || Volatile.Read(ref s_pagesKept) > MostPagesKeptInAll)
            return false;
        Span<WrittenRange> ranges = stackalloc WrittenRange[MostRanges];
        var count = PageScan.Find(Start, AccessibleBytes, ranges, MostPagesKept);
        if (count < 0)
            return false;
        foreach (var range in ranges[..count])
        {
            Rewrite(range.Start, range.End);
            _pagesKept += (int)((ulong)(range.End - range.Start) / PageBytes);
        }
        Interlocked.Add(ref s_pagesKept, _pagesKept);
        return true;
    }

    /// <summary>Writes what is there at first over a stretch: zeros, then those bytes of the image that lie in it.</summary>
    private unsafe void Rewrite(nint start, nint end)
    {
        if (Image is null)
        {
            new Span<byte>((void*)start, (int)(end - start)).Clear();
            return;
        }
        var first = Math.Clamp(Start + (nint)Image.Start, start, end);
        var last = Math.Clamp(Start + (nint)(Image.Start + Image.Bytes), start, end);
        new Span<byte>((void*)start, (int)(first - start)).Clear();
        new Span<byte>((void*)(Image.Source + (first - Start - (nint)Image.Start)), (int)(last - first))
            .CopyTo(new Span<byte>((void*)first, (int)(last - first)));
        new Span<byte>((void*)last, (int)(end - last)).Clear();
    }

    /// <summary>Returns the region to where the next tenant finds it, or to the system. Nothing may use its addresses.</summary>
    public void Release()
    {
        if (!RegionPool.IsInUse && _arena is null)
        {
            ReleaseToSystem();
            return;
        }
        if (!TryReset())
        {
            // Nobody ever uses a slot again that cannot be cleaned.
            if (_arena is null)
                ReleaseToSystem();
            return;
        }
        if (Image is not null && Image.TryKeep(this))
            return;
        if (TryDetach())
            ReleaseWithoutImage();
    }

    /// <summary>The same for a region that has no image, and is as it was at first.</summary>
    public void ReleaseWithoutImage()
    {
        if (_arena is not null)
            _arena.Return(this);
        else if (!RegionPool.TryKeep(this))
            ReleaseToSystem();
    }

    private void ReleaseToSystem()
    {
        Interlocked.Add(ref s_pagesKept, -_pagesKept);
        MappingBudget.Return(_mappings);
        ReleaseAddresses(Start, ReservedBytes);
    }

    internal static ulong PageBytes { get; } = (ulong)Environment.SystemPageSize;

    private static nint ReserveAddresses(ulong bytes) =>
        OperatingSystem.IsWindows() ? WindowsMemory.TryReserve(bytes) : PosixMemory.TryReserve(bytes);

    private static void ReleaseAddresses(nint start, ulong bytes)
    {
        if (OperatingSystem.IsWindows())
            WindowsMemory.Release(start);
        else
            PosixMemory.Release(start, bytes);
    }

    private static ulong RoundUpToPage(ulong bytes) => (bytes + PageBytes - 1) & ~(PageBytes - 1);

    /// <summary>What the system last said, for the message of a refusal.</summary>
    internal static string LastSystemError => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
}
