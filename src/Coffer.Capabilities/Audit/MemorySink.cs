using System.Collections.Concurrent;

namespace Coffer.Capabilities.Audit;

/// <summary>Keeps events in memory, for tests and for learning. Safe for any number of threads.</summary>
public sealed class MemorySink : AuditSink
{
    private readonly ConcurrentQueue<AuditEvent> events = new();

    /// <summary>The events so far, oldest first.</summary>
    public IReadOnlyList<AuditEvent> Events => [.. events];

    /// <inheritdoc/>
    public override void Write(AuditEvent audited) => events.Enqueue(audited);
}
