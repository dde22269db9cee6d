using Coffer.Edge.Limits;

namespace Coffer.Edge.Guests;

/// <summary>A guest did not do what its kind asks of it, or used more than it may: the request has a defined answer.</summary>
internal sealed class GuestFault(FaultKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What it was; the message says it for the log.</summary>
    public FaultKind Kind { get; } = kind;
}
