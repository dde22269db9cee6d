using System.Numerics;

namespace Coffer.Runtime;

/// <summary>
/// Reservations of checked memories that ended, for the next ones: giving address space back to the system and asking
/// for it again costs more than forgetting the content, as its page tables go as well. Sizes are rounded up to powers of
/// two, so that tenants with odd sizes cannot fill the pool with what nobody else wants.
/// </summary>
internal static class RegionPool
{
    private const int MostKeptOfAClass = 16;

    private static readonly Lock PoolLock = new();
    private static readonly Stack<MemoryRegion>?[] Classes = new Stack<MemoryRegion>?[64];

    // Where address space is limited it is better free; elsewhere than on Linux no content can be forgotten in place.
    public static bool IsInUse { get; } = OperatingSystem.IsLinux() && !PosixMemory.IsAddressSpaceLimited;

    /// <summary>How much to reserve where so many bytes are needed.</summary>
    public static ulong RoundUpToClass(ulong bytes) => IsInUse ? BitOperations.RoundUpToPowerOf2(bytes) : bytes;

    /// <summary>A region of the class; its accessible bytes are zero.</summary>
    public static MemoryRegion? TryTake(ulong classBytes)
    {
        if (!IsInUse)
            return null;
        lock (PoolLock)
            return Classes[BitOperations.Log2(classBytes)] is { } regions && regions.TryPop(out var region) ? region : null;
    }

    /// <summary>Keeps a region that is as it was at first; false when it has to go back to the system instead.</summary>
    public static bool TryKeep(MemoryRegion region)
    {
        lock (PoolLock)
        {
            var regions = Classes[BitOperations.Log2(region.UsableBytes)] ??= [];
            if (regions.Count >= MostKeptOfAClass)
                return false;
            regions.Push(region);
            return true;
        }
    }
}
