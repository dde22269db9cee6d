namespace Coffer.Runtime;

/// <summary>
/// Regions that wait for a next tenant. Those whose last tenant made its memory grow are made as small as it found them, many at
/// once: to take access to a page away is to interrupt all processors that the process runs on. Thread-safe.
/// </summary>
internal sealed class IdleRegions
{
    private const int Batch = 32;

    private readonly Lock _lock = new();
    private readonly Stack<MemoryRegion> _ready = new();
    private readonly Stack<MemoryRegion> _grown = new();

    /// <summary>Keeps a region that holds nothing of its last tenant; false when that many wait already.</summary>
    public bool TryKeep(MemoryRegion region, int most)
    {
        lock (_lock)
        {
            if (_ready.Count + _grown.Count >= most)
                return false;
            (region.HasGrown ? _grown : _ready).Push(region);
            return true;
        }
    }

    /// <summary>A region, or null: one that has grown only when there are enough of them to be shrunk.</summary>
    public MemoryRegion? TryTake()
    {
        MemoryRegion[] batch;
        lock (_lock)
        {
            if (_ready.TryPop(out var region))
                return region;
            if (_grown.Count < Batch)
                return null;
            batch = new MemoryRegion[Batch];
            for (var i = 0; i < Batch; i++)
                batch[i] = _grown.Pop();
        }
        var count = MemoryRegion.ShrinkAll(batch);
        if (count == 0)
            return null;
        lock (_lock)
        {
            foreach (var region in batch.AsSpan(1, count - 1))
                _ready.Push(region);
        }
        return batch[0];
    }

    /// <summary>A region, whichever there is, or null.</summary>
    public MemoryRegion? TryTakeAny()
    {
        lock (_lock)
            return _ready.TryPop(out var region) || _grown.TryPop(out region) ? region : null;
    }
}
