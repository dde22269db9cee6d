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

    private readonly MemoryArena? _arena;

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

    /// <summary>Makes the first bytes accessible, and no page more, in a region whose accessible bytes are zero.</summary>
    public bool TryPrepare(ulong bytes) => TryShrink(bytes) && TryExtend(bytes);

    /// <summary>Makes at least the first bytes accessible, all zero where they were not.</summary>
    public bool TryExtend(ulong bytes)
    {
        if (bytes > UsableBytes)
            return false;
        var wanted = RoundUpToPage(bytes);
        if (wanted <= AccessibleBytes)
            return true;
        var address = Start + (nint)AccessibleBytes;
        var added = wanted - AccessibleBytes;
        var done = OperatingSystem.IsWindows()
            ? WindowsMemory.TryMakeAccessible(address, added)
            : PosixMemory.TryMakeAccessible(address, added);
        if (done)
            AccessibleBytes = wanted;
        return done;
    }

    /// <summary>Takes the access to what is behind the first bytes away again. For reused regions, so POSIX only.</summary>
    private bool TryShrink(ulong bytes)
    {
        var wanted = RoundUpToPage(bytes);
        if (wanted >= AccessibleBytes)
            return true;
        if (!PosixMemory.TryMakeInaccessible(Start + (nint)wanted, AccessibleBytes - wanted))
            return false;
        AccessibleBytes = wanted;
        return true;
    }

    /// <summary>Zeros the accessible bytes by giving their pages back; Linux only.</summary>
    public bool TryDiscard() => AccessibleBytes == 0 || PosixMemory.TryDiscard(Start, AccessibleBytes);

    /// <summary>Returns the region to the arena or the system. Nothing may use its addresses afterwards.</summary>
    public void Release()
    {
        if (_arena is not null)
            _arena.Return(this);
        else if (!RegionPool.TryKeep(this))
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
