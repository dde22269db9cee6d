namespace Coffer;

/// <summary>How accesses of a guest to its linear memory are kept inside it.</summary>
public enum MemoryMode
{
    /// <summary><see cref="Guarded"/> where system and memory type allow it, else <see cref="Checked"/>.</summary>
    Auto,
    /// <summary>
    /// Every address that a guest can form lies in the memory's own reservation; one beyond the end faults. For 32-bit
    /// memories with 64 KiB pages on Linux; other memories are checked even so.
    /// </summary>
    Guarded,
    /// <summary>Every access is compared with the length of the memory.</summary>
    Checked,
}

/// <summary>How linear memories take address space from the system. Immutable.</summary>
public sealed record MemoryOptions
{
    /// <summary>The options used when none are given.</summary>
    public static MemoryOptions Default { get; } = new();

    /// <summary>How accesses are kept inside a memory.</summary>
    public MemoryMode Mode { get; init; } = MemoryMode.Auto;

    /// <summary>
    /// Bytes of address space reserved, once in a process, for all guarded memories; each takes 8 GiB and 2 MiB of it.
    /// Halved until the system agrees. The first guarded memory of the process decides; later values are ignored.
    /// </summary>
    public ulong ArenaBytes { get; init; } = 80UL << 40;

    /// <summary>
    /// The most bytes of address space that a checked 32-bit memory reserves. It can never grow beyond them, since a
    /// memory does not move; a declared maximum that is smaller is reserved instead. Lower it for many small memories.
    /// </summary>
    public ulong ReservationBytes { get; init; } = 4UL << 30;

    /// <summary>The same as <see cref="ReservationBytes"/> for a 64-bit memory.</summary>
    public ulong Memory64ReservationBytes { get; init; } = 64UL << 30;

    /// <summary>
    /// Whether the system is asked for large pages (2 MiB on most processors) under what a memory has beyond its first such page. That
    /// spares the page faults of the small ones and makes translating addresses cheaper, and a page that is touched anywhere is resident as a
    /// whole: for processes that run one guest, not for many small ones. A wish, on Linux alone, which the system may not grant
    /// (<c>/sys/kernel/mm/transparent_hugepage/enabled</c>); nothing else changes.
    /// </summary>
    public bool LargePages { get; init; }

    /// <summary>
    /// The most linear memories alive in the process at once. Each needs up to two of the system's mappings, of which
    /// Linux allows a process 65,530 unless vm.max_map_count says otherwise.
    /// </summary>
    public int MaximumMemories { get; init; } = 30_000;
}
