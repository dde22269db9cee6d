namespace Coffer.Plugins.Running;

/// <summary>How many calls of a version run at a time, and how many wait, which are served in the order in which they came. Thread-safe.</summary>
#pragma warning disable CA1001 // There is nothing to free without a wait handle, and who waits at a version that goes shall still wake.
internal sealed class CallTurns(int concurrency, int queue)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim free = new(concurrency);
    private int waiting;

    /// <summary>Takes a turn if there is one.</summary>
    public bool TryTake() => free.Wait(0);

    /// <summary>Waits for a turn; false when too many wait already.</summary>
    public async ValueTask<bool> TryTakeAsync(CancellationToken cancellation)
    {
        if (free.Wait(0, CancellationToken.None)) return true;
        try
        {
            if (Interlocked.Increment(ref waiting) > queue) return false;
            await free.WaitAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>Gives a turn back.</summary>
    public void Release() => free.Release();
}
