namespace Coffer.Fastly;

/// <summary>How the run of a guest ended.</summary>
public enum FastlyOutcome
{
    /// <summary>It ended by itself and has responded.</summary>
    Responded,

    /// <summary>It ended by itself, and never responded.</summary>
    NoResponse,

    /// <summary>It exited with a code that is not 0.</summary>
    Exited,

    /// <summary>It trapped, or threw what nobody caught.</summary>
    Trapped,

    /// <summary>Its deadline has passed.</summary>
    DeadlinePassed,

    /// <summary>It reached another limit: memory, stack or fuel.</summary>
    LimitReached,

    /// <summary>The run was cancelled: its client has left, or the server stops.</summary>
    Cancelled,
}

/// <summary>What the run of a guest came to. Immutable.</summary>
public sealed class FastlyResult
{
    internal FastlyResult(FastlyOutcome outcome, bool hasResponded, string? reason, Exception? failure, Task completion)
    {
        Outcome = outcome;
        HasResponded = hasResponded;
        Reason = reason;
        Failure = failure;
        Completion = completion;
    }

    /// <summary>How it ended.</summary>
    public FastlyOutcome Outcome { get; }

    /// <summary>
    /// Whether the guest has responded, or has said what the response will be. If not, it is for the server to answer with
    /// <see cref="StatusCode"/>.
    /// </summary>
    public bool HasResponded { get; }

    /// <summary>The status for a client that got no response: 500, 503 for a limit, 504 for the deadline, 499 for a client that left.</summary>
    public int StatusCode => Outcome switch
    {
        FastlyOutcome.DeadlinePassed => 504,
        FastlyOutcome.LimitReached => 503,
        FastlyOutcome.Cancelled => 499,
        _ => 500,
    };

    /// <summary>What went wrong, for the log; null when nothing did. It may hold text of the guest's.</summary>
    public string? Reason { get; }

    /// <summary>What ended the guest; null when it ended by itself.</summary>
    public Exception? Failure { get; }

    /// <summary>
    /// Ends when the response is sent whole or was aborted, which may be after the guest has ended: then only its body is
    /// under way, and the store can be disposed already. It never fails.
    /// </summary>
    public Task Completion { get; }
}
