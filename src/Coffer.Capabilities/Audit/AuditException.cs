namespace Coffer.Capabilities.Audit;

/// <summary>
/// A strict audit trail could not keep an event, so the guest must not go on. Passes through the guest to whoever
/// called it.
/// </summary>
public sealed class AuditException : Exception
{
    /// <summary>Says what could not be kept, and why.</summary>
    public AuditException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
