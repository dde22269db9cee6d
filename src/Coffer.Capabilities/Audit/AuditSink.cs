namespace Coffer.Capabilities.Audit;

/// <summary>
/// Where audit events go. Derive from it to send them elsewhere. An <see cref="AuditTrail"/> calls it from one thread at
/// a time, never from the guest's.
/// </summary>
public abstract class AuditSink : IDisposable
{
    /// <summary>Whether events of requests that were allowed are wanted; otherwise only denials are passed on.</summary>
    public virtual bool WantsAllowed => true;

    /// <summary>Takes an event.</summary>
    /// <exception cref="IOException">It cannot be kept; the trail counts it as dropped, a strict one stops the guest.</exception>
    public abstract void Write(AuditEvent audited);

    /// <summary>Sees to it that all events taken so far are kept.</summary>
    public virtual void Flush()
    {
    }

    /// <summary>Flushes and closes.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes; called once, by <see cref="Dispose()"/>.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
