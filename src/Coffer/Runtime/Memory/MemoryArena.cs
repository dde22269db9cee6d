namespace Coffer.Runtime;

/// <summary>
/// The one reservation of a process from which guarded memories are cut:
/// <code>
/// | lead guard 4 GiB | slot 0: 8 GiB + 2 MiB | slot 1 | … |
///                      ^ memory 0, at most 4 GiB, then no access up to the next slot
/// </code>
/// A guest address is a 32-bit index plus a 32-bit static offset and an access is at most 16 bytes wide, so no access
/// leaves its slot. The 2 MiB cover the width and keep every memory aligned for huge pages; what lies before a memory
/// (at least 4 GiB of it) is inaccessible too.
/// </summary>
internal sealed class MemoryArena
{
    internal const ulong SlotBytes = (8UL << 30) + (2UL << 20);
    private const ulong LeadBytes = 4UL << 30;
    private const ulong Alignment = 2UL << 20;

    private static readonly Lock InstallLock = new();
    private static MemoryArena? s_instance;
    private static string? s_refusal;

    private readonly Lock _lock = new();
    private readonly IdleRegions _free = new();
    private readonly nint _firstSlot;
    private int _slotsCut;

    private MemoryArena(nint firstSlot, int slotCount)
    {
        _firstSlot = firstSlot;
        SlotCount = slotCount;
    }

    /// <summary>How many guarded memories the process can have at once.</summary>
    public int SlotCount { get; }

    /// <summary>
    /// Whether guarded memories are to be had in this process. The first call reserves the arena and installs the fault
    /// handler, with the default options.
    /// </summary>
    public static bool GuardSupported => TryGet(MemoryOptions.Default, out _) is not null;

    /// <summary>The arena of the process, or null and the reason why there is none.</summary>
    public static MemoryArena? TryGet(MemoryOptions options, out string? refusal)
    {
        if (Volatile.Read(ref s_instance) is null && Volatile.Read(ref s_refusal) is null)
        {
            lock (InstallLock)
            {
                if (s_instance is null && s_refusal is null)
                    Install(options.ArenaBytes);
            }
        }
        refusal = s_refusal;
        return s_instance;
    }

    private static void Install(ulong wanted)
    {
        const ulong least = LeadBytes + SlotBytes + Alignment;
        if (!FaultHandler.IsPlatformSupported || !Environment.Is64BitProcess)
        {
            Volatile.Write(ref s_refusal, "guarded memory needs Linux on x86-64 or AArch64");
            return;
        }
        var bytes = Math.Clamp(wanted, least, 1UL << 56);
        nint start;
        while ((start = MemoryRegion.TryReserveAddresses(bytes)) == 0 && bytes > least)
            bytes = Math.Max(bytes / 2, least);
        if (start == 0)
        {
            Volatile.Write(ref s_refusal, SystemRefusal.Describe(bytes, "the arena of guarded memories"));
            return;
        }
        if (FaultHandler.TryInstall(start, bytes) is { } reason)
        {
            PosixMemory.Release(start, bytes);
            Volatile.Write(ref s_refusal, reason);
            return;
        }
        var first = ((ulong)start + LeadBytes + Alignment - 1) & ~(Alignment - 1);
        var slots = ((ulong)start + bytes - first) / SlotBytes;
        Volatile.Write(ref s_instance, new MemoryArena((nint)first, (int)Math.Min(slots, int.MaxValue)));
    }

    /// <summary>A slot whose accessible bytes are zero.</summary>
    /// <exception cref="ExhaustionException">All slots are taken.</exception>
    public MemoryRegion Take()
    {
        if (_free.TryTake() is { } slot)
            return slot;
        lock (_lock)
        {
            if (_slotsCut < SlotCount)
            {
                var offset = (nint)((ulong)_slotsCut++ * SlotBytes);
                return new MemoryRegion(_firstSlot + offset, SlotBytes, this);
            }
        }
        return _free.TryTakeAny() ?? MemoryImage.TryReclaimSlot() ?? throw Full();
    }

    /// <summary>
    /// Takes back a slot that is as it was at first. What is accessible stays accessible: the next tenant most often wants
    /// as much.
    /// </summary>
    internal void Return(MemoryRegion slot) => _free.TryKeep(slot, int.MaxValue);

    private ExhaustionException Full() => new(
        ExhaustionKind.System,
        $"all {SlotCount} slots for guarded memories are taken, each {SlotBytes} bytes of address space; enlarge "
        + $"{nameof(MemoryOptions)}.{nameof(MemoryOptions.ArenaBytes)} or choose "
        + $"{nameof(MemoryMode)}.{nameof(MemoryMode.Checked)} with a small {nameof(MemoryOptions.ReservationBytes)}");
}
