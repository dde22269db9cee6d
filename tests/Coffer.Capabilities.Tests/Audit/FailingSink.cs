using Coffer.Capabilities.Audit;

namespace Coffer.Capabilities.Tests.Audit;

/// <summary>A sink that does what a test says, and counts.</summary>
internal sealed class FailingSink(Action<AuditEvent>? write = null, Action? flush = null) : AuditSink
{
    public int Flushed;

    public bool IsDisposed { get; private set; }

    public override void Write(AuditEvent audited) => write?.Invoke(audited);

    public override void Flush()
    {
        Interlocked.Increment(ref Flushed);
        flush?.Invoke();
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
