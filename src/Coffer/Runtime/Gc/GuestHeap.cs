using System.Runtime.CompilerServices;

namespace Coffer.Runtime;

/// <summary>
/// Keeps the structs and arrays of a store from exhausting the memory of the process. They live in the heap of the
/// runtime, which cannot tell whose objects are alive, so the heap as a whole is bounded, and who wants to allocate
/// beyond the bound, even after a collection, is refused. Looking costs; so it is done once in so many bytes. What one call of
/// the host allocates is bounded besides, whether it is still alive or not.
/// </summary>
internal sealed class GuestHeap
{
    private const long ShortestInterval = 1 << 20;
    private const long LongestInterval = 32 << 20;

    private readonly long limit;
    private readonly long largest;
    private readonly long budget;
    private long untilProbe;

    // Of the budget of the call, what no interval between two looks has been given yet.
    private long left;

    /// <summary>
    /// A heap that may grow to <paramref name="limit"/> bytes, the host's own objects included, in objects of at most
    /// <paramref name="largest"/> bytes, and by <paramref name="budget"/> bytes during a call.
    /// </summary>
    public GuestHeap(long limit, long largest = long.MaxValue, long budget = long.MaxValue)
    {
        this.limit = limit;
        this.largest = largest;
        this.budget = left = budget;
    }

    /// <summary>The heap of a store: by default, three quarters of what the process may use.</summary>
    public static GuestHeap Of(StoreLimits limits) =>
        new(limits.HeapBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3, limits.ObjectBytes, limits.AllocatedBytes ?? long.MaxValue);

    /// <summary>At a call from the host: what earlier ones allocated no longer counts.</summary>
    public void BeginCall()
    {
        if (budget == long.MaxValue) return;
        left = budget;
        untilProbe = 0;
    }

    /// <summary>Accounts for an object that is about to be allocated.</summary>
    /// <exception cref="ExhaustionException">There is no room for it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Charge(long bytes)
    {
        if ((untilProbe -= bytes) < 0) Probe(bytes);
    }

    private void Probe(long bytes)
    {
        // What the last interval has left over.
        left += Math.Max(untilProbe + bytes, 0);
        if (bytes > largest)
        {
            untilProbe = 0;
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit,
                $"allocation size too large: a guest object of {bytes} bytes, where {largest} are allowed (StoreLimits.ObjectBytes)");
        }

        if (bytes > left)
        {
            untilProbe = 0;
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit, $"the call made more than {budget} bytes of objects, garbage included (StoreLimits.AllocatedBytes)");
        }

        var used = GC.GetTotalMemory(forceFullCollection: false);
        if (bytes > limit - used && bytes <= limit)
        {
            GC.Collect();
            used = GC.GetTotalMemory(forceFullCollection: false);
        }

        if (bytes > limit - used)
        {
            untilProbe = 0;
            throw new ExhaustionException(
                ExhaustionKind.StoreLimit,
                $"no room for a guest object of {bytes} bytes: {used} of {limit} bytes of the heap are in use");
        }

        left -= bytes;
        untilProbe = Math.Min(left, Math.Clamp((limit - used - bytes) / 8, ShortestInterval, Math.Clamp(largest, ShortestInterval, LongestInterval)));
        left -= untilProbe;
    }
}
