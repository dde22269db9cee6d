namespace Coffer.Plugins.Versions;

/// <summary>
/// One version of something and the count of its leases. Leasing is one addition; everything else happens under the lock
/// of the slot. Leases and the mark that there shall be no more are in one number, so that no lease can slip in between a
/// look at the one and a look at the other.
/// </summary>
#pragma warning disable CA1001 // Holders of leases may read the token at any time; without a timer there is nothing to free.
internal sealed class VersionEntry<T>(T value, long number, string label) where T : class
#pragma warning restore CA1001
{
    /// <summary>Set while no leases are given. The number below it is that of the leases.</summary>
    private const long Closed = 1L << 62;

    private CancellationTokenSource stop = new();
    private TaskCompletionSource? drained;
    private long leases = Closed;
    private int isStopped;

    public T Value => value;

    public long Number => number;

    public string Label => label;

    /// <summary>Read and written under the lock of the slot.</summary>
    public VersionState State { get; set; } = VersionState.Standby;

    /// <summary>Whether it was replaced for good: rolled back from, or the slot is going.</summary>
    public bool IsAbandoned { get; set; }

    public CancellationToken Stopping => stop.Token;

    public int Leases => (int)(Volatile.Read(ref leases) & ~Closed);

    public VersionInfo Describe() => new(number, State, Leases, stop.IsCancellationRequested, label);

    /// <summary>Takes a lease; false when none are given any more.</summary>
    public bool TryAcquire()
    {
        if ((Interlocked.Increment(ref leases) & Closed) == 0) return true;

        // It was closed: whoever waits for the last lease may have seen this one.
        Release();
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref leases) == Closed) Volatile.Read(ref drained)?.TrySetResult();
    }

    /// <summary>Lets leases be given, and ends what waits for the last one. The caller holds the slot's lock.</summary>
    public void Open()
    {
        if (stop.IsCancellationRequested)
        {
            stop = new CancellationTokenSource();
            isStopped = 0;
        }

        Interlocked.And(ref leases, ~Closed);
        drained?.TrySetResult();
    }

    /// <summary>From here on no lease is given. The caller holds the slot's lock.</summary>
    public void Close() => Interlocked.Or(ref leases, Closed);

    /// <summary>Whether it is closed and without leases: nobody can touch the value then, until it is opened again.</summary>
    public bool IsDrained => Volatile.Read(ref leases) == Closed;

    /// <summary>
    /// A task that ends when the leases may have ended, or when the version is opened again. The caller looks again then:
    /// an attempt to lease a closed version counts for a moment as well.
    /// </summary>
    public Task WaitAsync()
    {
        while (true)
        {
            var source = Volatile.Read(ref drained);
            if (source is null || source.Task.IsCompleted)
            {
                var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (Interlocked.CompareExchange(ref drained, next, source) != source) continue;
                source = next;
            }

            if (IsDrained) source.TrySetResult();
            return source.Task;
        }
    }

    /// <summary>Tells the holders of leases to end; true for who did it first.</summary>
    public async ValueTask<bool> StopAsync()
    {
        if (Interlocked.Exchange(ref isStopped, 1) != 0) return false;

        // What holders do when they are told must not keep the version from being drained.
        await stop.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    public async ValueTask DisposeValueAsync()
    {
        if (value is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else
            (value as IDisposable)?.Dispose();
    }
}
