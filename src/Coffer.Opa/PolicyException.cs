namespace Coffer.Opa;

/// <summary>Why a policy could not be loaded or evaluated.</summary>
public enum PolicyErrorKind
{
    /// <summary>The module is no policy that this library can run.</summary>
    NotAPolicy,
    /// <summary>There is no entrypoint of that name.</summary>
    UnknownEntrypoint,
    /// <summary>Input, data or a path is not what it should be.</summary>
    BadDocument,
    /// <summary>The policy aborted, such as for rules that give several results.</summary>
    Aborted,
    /// <summary>The policy called a builtin that the host does not supply.</summary>
    MissingBuiltin,
    /// <summary>A builtin failed, where that ends the evaluation.</summary>
    BuiltinFailed,
    /// <summary>The policy trapped.</summary>
    Trapped,
    /// <summary>The deadline passed.</summary>
    DeadlinePassed,
    /// <summary>The caller cancelled the evaluation.</summary>
    Cancelled,
    /// <summary>The policy needs more memory or stack than it may have.</summary>
    LimitReached,
}

/// <summary>A policy could not be loaded or evaluated. An undefined result is no error.</summary>
public sealed class PolicyException : Exception
{
    /// <summary>An error of a policy.</summary>
    public PolicyException(PolicyErrorKind kind, string message, Exception? inner = null) : base(message, inner) =>
        Kind = kind;

    /// <summary>What went wrong.</summary>
    public PolicyErrorKind Kind { get; }

    /// <summary>The error for what the engine or a builtin threw while a policy ran.</summary>
    internal static PolicyException For(Exception exception, PolicyOptions options, bool hasDeadlinePassed = false) =>
        exception switch
    {
        PolicyException own => own,
        ExhaustionException { Kind: ExhaustionKind.Cancelled } or OperationCanceledException when hasDeadlinePassed =>
            new(PolicyErrorKind.DeadlinePassed,
            $"the policy did not end within {options.Deadline.TotalMilliseconds} ms (PolicyOptions.Deadline)", exception),
        ExhaustionException { Kind: ExhaustionKind.Deadline } => new(PolicyErrorKind.DeadlinePassed,
            $"the policy could not be loaded within {options.LoadDeadline.TotalMilliseconds} ms (PolicyOptions.LoadDeadline)",
                exception),
        ExhaustionException { Kind: ExhaustionKind.Cancelled } or OperationCanceledException =>
            new(PolicyErrorKind.Cancelled, "the evaluation was cancelled", exception),
        ExhaustionException => new(PolicyErrorKind.LimitReached, exception.Message, exception),
        TrapException { Kind: TrapKind.MemoryOutOfBounds } => new(PolicyErrorKind.LimitReached,
            $"the policy needs more memory than it may have: {options.MemoryBytes} bytes (PolicyOptions.MemoryBytes)",
                exception),
        TrapException => new(PolicyErrorKind.Trapped, $"the policy trapped: {exception}", exception),
        _ => new(PolicyErrorKind.Trapped, $"the policy failed: {exception.Message}", exception),
    };
}
