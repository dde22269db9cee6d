using System.Threading.Channels;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// Carries audit events from guests to sinks. Any number of guests may record at the same time; one thread of the trail
/// writes. The queue between them is bounded: when it is full a guest waits for a short while, then its event is
/// dropped and counted, or a strict trail stops the guest. Disposing it writes what is left and closes the sinks.
/// </summary>
public sealed class AuditTrail : IDisposable
{
    private readonly AuditSink[] sinks;
    private readonly Channel<AuditEvent> queue;
    private readonly Thread writer;
    private readonly AuditOptions options;
    private readonly Lock gate = new();
    private long recorded, written, dropped;
    private Exception? failure;
    private bool disposed;

    /// <summary>A trail that writes to sinks, which it owns from then on.</summary>
    public AuditTrail(IEnumerable<AuditSink> sinks, AuditOptions? options = null)
    {
        this.sinks = [.. sinks];
        this.options = options ?? new AuditOptions();
        WantsAllowed = this.sinks.Any(sink => sink.WantsAllowed);
        queue = Channel.CreateBounded<AuditEvent>(new BoundedChannelOptions(this.options.Capacity) { SingleReader = true });
        writer = new Thread(Run) { IsBackground = true, Name = "audit" };
        writer.Start();
    }

    /// <summary>Whether any sink wants to know what was allowed.</summary>
    public bool WantsAllowed { get; }

    /// <summary>The events that no sink could keep, so far.</summary>
    public long Dropped => Volatile.Read(ref dropped);

    /// <summary>Takes an event, waiting for room if need be.</summary>
    /// <exception cref="AuditException">The trail is strict, and the event, or one before it, could not be kept.</exception>
    public void Record(AuditEvent audited)
    {
        ArgumentNullException.ThrowIfNull(audited);
        if (options.IsStrict && Volatile.Read(ref failure) is { } failed)
        {
            throw new AuditException($"the audit trail cannot be written ({failed.Message}), and it is strict", failed);
        }

        if (queue.Writer.TryWrite(audited) || TryWriteLater(audited))
        {
            Interlocked.Increment(ref recorded);
            return;
        }

        Interlocked.Increment(ref dropped);
        if (options.IsStrict) throw new AuditException("the audit trail cannot keep up, and it is strict");
    }

    /// <summary>Waits until all events recorded so far are written and flushed.</summary>
    public void Flush()
    {
        var target = Volatile.Read(ref recorded);
        var wait = new SpinWait();
        while (Volatile.Read(ref written) < target && writer.IsAlive) wait.SpinOnce();
        FlushSinks();
    }

    /// <summary>Writes what is left, and closes the sinks.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        queue.Writer.Complete();
        writer.Join();
        FlushSinks();
        foreach (var sink in sinks) sink.Dispose();
    }

    private bool TryWriteLater(AuditEvent audited)
    {
        using var deadline = new CancellationTokenSource(options.MaximumWait);
        try
        {
            queue.Writer.WriteAsync(audited, deadline.Token).AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            return false;
        }
    }

    private void Run()
    {
        while (queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (queue.Reader.TryRead(out var audited))
            {
                foreach (var sink in sinks) Write(sink, audited);
                Interlocked.Increment(ref written);
            }
        }
    }

    private void Write(AuditSink sink, AuditEvent audited)
    {
        if (audited.Allowed && !sink.WantsAllowed) return;
        Attempt(() => sink.Write(audited), countsAsDropped: true);
    }

    private void FlushSinks()
    {
        foreach (var sink in sinks) Attempt(sink.Flush, countsAsDropped: false);
    }

    // Sinks belong to others: whatever they throw is theirs, and must end neither the trail nor the process.
    private void Attempt(Action action, bool countsAsDropped)
    {
        try
        {
            lock (gate) action();
        }
        catch (Exception exception)
        {
            Volatile.Write(ref failure, exception);
            if (countsAsDropped) Interlocked.Increment(ref dropped);
        }
    }
}
