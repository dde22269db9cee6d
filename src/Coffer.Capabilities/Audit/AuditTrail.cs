namespace Coffer.Capabilities.Audit;

/// <summary>
/// Carries audit events from guests to sinks. Any number of guests may record at the same time; one thread of the trail,
/// which starts with the first event, writes. The queue between them is bounded: when it is full a guest waits for a
/// short while, then its event is dropped and counted, or a strict trail stops the guest. Disposing it writes what is
/// left and closes the sinks.
/// </summary>
/// <remarks>
/// Events are written in batches, and the sinks flushed after each: some ten milliseconds after the event, at once for
/// a denial. A guest of a strict trail waits until its event is written and flushed, so that it goes no further than what
/// is on record; the others never wait for a sink that keeps up.
/// </remarks>
public sealed class AuditTrail : IDisposable
{
    private readonly AuditSink[] sinks;
    private readonly AuditQueue queue;
    private readonly AuditOptions options;
    private readonly Lock starting = new();
    private Thread? writer;
    private AuditEvent? last;
    private Exception? failure;
    private long dropped;
    private bool disposed;

    /// <summary>A trail that writes to sinks, which it owns from then on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not positive.</exception>
    public AuditTrail(IEnumerable<AuditSink> sinks, AuditOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        this.sinks = [.. sinks];
        this.options = options ?? new AuditOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(this.options.Capacity);
        queue = new AuditQueue(this.options.Capacity);
        WantsAllowed = Array.Exists(this.sinks, sink => sink.WantsAllowed);
    }

    /// <summary>Whether any sink wants to know what was allowed; as it was when the trail was made.</summary>
    public bool WantsAllowed { get; }

    /// <summary>The events so far that some sink did not get.</summary>
    public long Dropped => Volatile.Read(ref dropped);

    /// <summary>What a sink failed with last; null when none did.</summary>
    public Exception? Failure => Volatile.Read(ref failure);

    /// <summary>Takes an event, waiting for room if need be.</summary>
    /// <param name="audited">The event.</param>
    /// <param name="cancellation">Ends the wait; the event is dropped then.</param>
    /// <exception cref="AuditException">The trail is strict, and the event, or one before it, could not be kept.</exception>
    /// <exception cref="OperationCanceledException">The trail is strict, and was cancelled before the event was kept.</exception>
    public void Record(AuditEvent audited, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audited);
        if (options.IsStrict) ThrowIfFailed();
        StartWriter();
        var admission = queue.Add(audited, options.MaximumWait, cancellation);
        if (admission == Admission.Added)
        {
            if (options.IsStrict) Confirm(cancellation);
            return;
        }

        Interlocked.Increment(ref dropped);
        if (!options.IsStrict) return;
        if (admission == Admission.Cancelled) throw new OperationCanceledException(cancellation);
        throw new AuditException(admission == Admission.Closed
            ? "the audit trail is closed, and it is strict"
            : "the audit trail cannot keep up, and it is strict");
    }

    // Guests that record at the same time wait for the same batch.
    private void Confirm(CancellationToken cancellation)
    {
        // A sink that records what it does would wait for itself.
        if (Volatile.Read(ref writer) == Thread.CurrentThread) return;
        if (!queue.WaitUntilConcluded(options.MaximumFlush, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            throw new AuditException("the audit trail cannot keep up, and it is strict");
        }

        ThrowIfFailed();
    }

    private void ThrowIfFailed()
    {
        if (Failure is not { } failed) return;
        throw new AuditException($"the audit trail cannot be written ({failed.Message}), and it is strict", failed);
    }

    /// <summary>
    /// Waits until all events recorded so far are written and flushed, at most <see cref="AuditOptions.MaximumFlush"/>.
    /// </summary>
    /// <returns>False when the sinks did not take them in time.</returns>
    public bool Flush()
    {
        var running = Volatile.Read(ref writer);

        // A sink that flushes its own trail would wait for itself.
        return running is null || running == Thread.CurrentThread || queue.WaitUntilConcluded(options.MaximumFlush);
    }

    /// <summary>
    /// Writes what is left, and closes the sinks. A sink that does not return within
    /// <see cref="AuditOptions.MaximumFlush"/> is left alone, and what it did not take counts as dropped.
    /// </summary>
    public void Dispose()
    {
        Thread? running;
        lock (starting)
        {
            if (disposed) return;
            disposed = true;
            running = writer;
        }

        queue.Close();
        if (running is null) CloseSinks();
        else if (running != Thread.CurrentThread && !running.Join(options.MaximumFlush)) Abandon();
    }

    private void Abandon()
    {
        Interlocked.Add(ref dropped, queue.Abandon());
        Volatile.Write(ref failure, new TimeoutException($"a sink did not return within {options.MaximumFlush}"));
    }

    private void StartWriter()
    {
        if (Volatile.Read(ref writer) is not null) return;
        lock (starting)
        {
            if (disposed || writer is not null) return;
            var thread = new Thread(Run) { IsBackground = true, Name = "audit" };
            thread.Start();
            Volatile.Write(ref writer, thread);
        }
    }

    private void Run()
    {
        var batch = new List<AuditEvent>();
        while (queue.TryTake(batch))
        {
            var lost = batch.Count(audited => !TryWrite(audited));
            last = batch[^1];

            // What a sink holds back and cannot flush is lost as a whole.
            if (!TryAll(static sink => sink.Flush())) lost = batch.Count;
            Interlocked.Add(ref dropped, lost);
            queue.Conclude(batch.Count);
        }

        if (last is not null && Dropped is > 0 and var count) TryWrite(AuditEvent.OfDropped(count, last));
        TryAll(static sink => sink.Flush());
        CloseSinks();
    }

    private bool TryWrite(AuditEvent audited) => TryAll(sink =>
    {
        if (!audited.Allowed || sink.WantsAllowed || audited.Dropped > 0) sink.Write(audited);
    });

    private void CloseSinks() => TryAll(static sink => sink.Dispose());

    // Sinks belong to others: whatever they throw is theirs, and must end neither the trail nor the process, nor keep an
    // event from the other sinks.
    private bool TryAll(Action<AuditSink> action)
    {
        var succeeded = true;
        foreach (var sink in sinks)
        {
            try
            {
                action(sink);
            }
            catch (Exception exception)
            {
                Volatile.Write(ref failure, exception);
                succeeded = false;
            }
        }

        return succeeded;
    }
}
