namespace Coffer.Plugins.Versions;

/// <summary>
/// The current version of something that is replaced while it is in use: a plugin, a filter, a policy. Calls take a lease
/// of the current version; a swap makes later leases those of the next one, waits until leases of the old one have ended,
/// and disposes it. Thread-safe; leases neither lock nor allocate.
/// </summary>
/// <typeparam name="T">What is versioned. If it is disposable, the slot disposes it when nobody can use it any more.</typeparam>
public sealed class VersionSlot<T> : IAsyncDisposable where T : class
{
    private readonly Lock gate = new();
    private readonly VersionSlotOptions options;
    private readonly VersionRetirement<T> retirement;

    // Newest activation last. Those that are gone stay for the listing, as descriptions: an entry would keep its value.
    private readonly List<VersionEntry<T>> live = [];
    private readonly Queue<VersionInfo> retired = new();
    private VersionEntry<T>? current;
    private long lastNumber;
    private long swaps;
    private long rollbacks;
    private bool isDisposed;

    /// <summary>A slot without a version: leases are refused until the first <see cref="Swap"/>.</summary>
    /// <param name="options">How versions are replaced.</param>
    public VersionSlot(VersionSlotOptions? options = null)
    {
        this.options = options ?? VersionSlotOptions.Default;
        retirement = new VersionRetirement<T>(this.options, gate, Retired);
    }

    /// <summary>A slot with a first version.</summary>
    /// <param name="first">The first version.</param>
    /// <param name="options">How versions are replaced.</param>
    /// <param name="label">A name of the version for listings.</param>
    public VersionSlot(T first, VersionSlotOptions? options = null, string label = "") : this(options) => Swap(first, label);

    /// <summary>Called when a version's drain time ran out and its leases were told to stop.</summary>
    public event Action<VersionInfo>? Stopped
    {
        add => retirement.Stopped += value;
        remove => retirement.Stopped -= value;
    }

    /// <summary>Called when disposing a version failed. The version counts as gone all the same.</summary>
    public event Action<VersionInfo, Exception>? DisposeFailed
    {
        add => retirement.DisposeFailed += value;
        remove => retirement.DisposeFailed -= value;
    }

    /// <summary>How many times a version was put in, the first included.</summary>
    public long Swaps => Interlocked.Read(ref swaps);

    /// <summary>How many times a version was rolled back from.</summary>
    public long Rollbacks => Interlocked.Read(ref rollbacks);

    /// <summary>How many versions did not drain in time and were told to stop.</summary>
    public long Stops => retirement.Stops;

    /// <summary>The number of the active version; 0 when there is none.</summary>
    public long ActiveVersion => Volatile.Read(ref current)?.Number ?? 0;

    /// <summary>A lease of the current version. Dispose it once, when the call is over.</summary>
    /// <exception cref="InvalidOperationException">There is no version yet.</exception>
    /// <exception cref="ObjectDisposedException">The slot is disposed.</exception>
    public Lease Acquire()
    {
        if (TryAcquire(out var lease)) return lease;
        ObjectDisposedException.ThrowIf(Volatile.Read(ref isDisposed), this);
        throw new InvalidOperationException($"No version of {typeof(T).Name} is active. Put one in with Swap.");
    }

    /// <summary>Like <see cref="Acquire"/>; false when there is no version.</summary>
    public bool TryAcquire(out Lease lease)
    {
        while (Volatile.Read(ref current) is { } entry)
        {
            if (entry.TryAcquire())
            {
                lease = new Lease(entry);
                return true;
            }
        }

        lease = default;
        return false;
    }

    /// <summary>
    /// Puts in the next version. When it returns, no new lease is of the old one.
    /// </summary>
    /// <param name="next">The next version. The slot disposes it in time.</param>
    /// <param name="label">A name of the version for listings.</param>
    /// <returns>Ends when the old version has drained and been disposed (or put aside for a rollback).</returns>
    /// <exception cref="ObjectDisposedException">The slot is disposed; the caller still has the version.</exception>
    public Task Swap(T next, string label = "")
    {
        ArgumentNullException.ThrowIfNull(next);
        List<VersionEntry<T>> going;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            var entry = new VersionEntry<T>(next, ++lastNumber, label);
            var old = Activate(entry);
            live.Add(entry);
            swaps++;
            going = AbandonSurplus();
            if (old is not null && !going.Contains(old)) going.Add(old);
        }

        return Task.WhenAll(going.Select(retirement.RetireAsync));
    }

    /// <summary>
    /// Like <see cref="Swap"/>, and waits until the old version has drained and been disposed. The swap itself is done
    /// before the first wait, whatever becomes of the waiting.
    /// </summary>
    /// <param name="next">The next version.</param>
    /// <param name="label">A name of the version for listings.</param>
    /// <param name="cancellationToken">Ends the waiting; the old version is drained all the same.</param>
    public Task SwapAsync(T next, string label = "", CancellationToken cancellationToken = default) =>
        Swap(next, label).WaitAsync(cancellationToken);

    /// <summary>
    /// Makes the version before the active one active again, if it was kept (<see cref="VersionSlotOptions.Kept"/>),
    /// even while it still drains. The version that was active is drained and disposed, and not kept.
    /// </summary>
    /// <param name="retiring">Ends when the version that was active has drained and been disposed.</param>
    /// <returns>Whether there was a version to go back to.</returns>
    public bool TryRollback(out Task retiring)
    {
        VersionEntry<T> bad;
        lock (gate)
        {
            retiring = Task.CompletedTask;
            if (isDisposed || current is null) return false;
            var previous = live.FindLast(entry =>
                !ReferenceEquals(entry, current) && !entry.IsAbandoned);
            if (previous is null) return false;
            bad = current;
            bad.IsAbandoned = true;
            live.Remove(previous);
            live.Add(previous);
            Activate(previous);
            rollbacks++;
        }

        retiring = retirement.RetireAsync(bad);
        return true;
    }

    /// <summary>All versions, oldest first: the last that are gone, those that drain or are kept, and the active one.</summary>
    public IReadOnlyList<VersionInfo> List()
    {
        lock (gate) return [.. retired.Concat(live.Select(entry => entry.Describe())).OrderBy(info => info.Number)];
    }

    /// <summary>
    /// Gives no more leases, waits for those that are out, tells them to stop after the drain time, and disposes all
    /// versions.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        VersionEntry<T>[] all;
        lock (gate)
        {
            if (isDisposed) return;
            Volatile.Write(ref isDisposed, true);
            var active = current;
            Volatile.Write(ref current, null);
            if (active is not null)
            {
                active.State = VersionState.Draining;
                active.Close();
            }

            all = [.. live];
            foreach (var entry in all) entry.IsAbandoned = true;
        }

        await Task.WhenAll(all.Select(retirement.RetireAsync)).ConfigureAwait(false);
    }

    /// <summary>Makes an entry the one that leases are of, and returns the one that was. The caller holds the lock.</summary>
    private VersionEntry<T>? Activate(VersionEntry<T> entry)
    {
        var old = current;
        entry.State = VersionState.Active;
        entry.Open();
        Volatile.Write(ref current, entry);
        if (old is null) return null;
        old.State = VersionState.Draining;
        old.Close();
        return old;
    }

    /// <summary>The oldest of the replaced versions, where they are more than shall be kept. The caller holds the lock.</summary>
    private List<VersionEntry<T>> AbandonSurplus()
    {
        var replaced = live.Where(entry => !entry.IsAbandoned && !ReferenceEquals(entry, current)).ToList();
        replaced.RemoveRange(Math.Max(0, replaced.Count - options.Kept), Math.Min(options.Kept, replaced.Count));
        foreach (var entry in replaced) entry.IsAbandoned = true;
        return replaced;
    }

    /// <summary>A version is gone. The caller holds the lock.</summary>
    private void Retired(VersionEntry<T> entry)
    {
        live.Remove(entry);
        retired.Enqueue(entry.Describe());
        while (retired.Count > options.ListedRetired) retired.Dequeue();
    }

    /// <summary>The right to use a version. Dispose it exactly once, when the call is over.</summary>
    public readonly struct Lease : IDisposable
    {
        private readonly VersionEntry<T> entry;

        internal Lease(VersionEntry<T> entry) => this.entry = entry;

        /// <summary>The version itself; not disposed before the lease is.</summary>
        public T Value => entry.Value;

        /// <summary>The number of the version.</summary>
        public long Version => entry.Number;

        /// <summary>Cancelled when the version was replaced and its drain time ran out: the call should end now.</summary>
        public CancellationToken Stopping => entry.Stopping;

        /// <summary>Gives the lease back.</summary>
        public void Dispose() => entry?.Release();
    }
}
