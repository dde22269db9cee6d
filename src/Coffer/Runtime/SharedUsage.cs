namespace Coffer.Runtime;

/// <summary>What a sandbox uses of its limits, whichever of its threads it is.</summary>
internal sealed class SharedUsage(StoreLimits limits) : ResourceLimiter
{
    private ulong memoryBytes;
    private ulong tableElements;

    public ulong MemoryBytes => Volatile.Read(ref memoryBytes);

    public ulong TableElements => Volatile.Read(ref tableElements);

    public override bool TryChargeMemory(ulong bytes) => TryCharge(ref memoryBytes, bytes, limits.MemoryBytes);

    public override void ReleaseMemory(ulong bytes) => Interlocked.Add(ref memoryBytes, 0 - bytes);

    /// <summary>Whether the sandbox may have so many more elements of tables; if so they are charged.</summary>
    public bool TryChargeTable(ulong elements) => TryCharge(ref tableElements, elements, limits.TableElements);

    /// <summary>Gives back what the tables of a thread had.</summary>
    public void ReleaseTable(ulong elements) => Interlocked.Add(ref tableElements, 0 - elements);

    private static bool TryCharge(ref ulong used, ulong wanted, ulong limit)
    {
        while (true)
        {
            var before = Volatile.Read(ref used);
            if (wanted > limit - Math.Min(before, limit)) return false;
            if (Interlocked.CompareExchange(ref used, before + wanted, before) == before) return true;
        }
    }
}
