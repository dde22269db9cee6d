namespace Coffer.Edge.Deployment;

/// <summary>Why something could not be deployed or changed.</summary>
public enum DeploymentFailure
{
    /// <summary>There is no such app, version or module.</summary>
    NotFound,

    /// <summary>A name, a digest or the settings are none.</summary>
    Invalid,

    /// <summary>The app is not in a state in which that can be done.</summary>
    Conflict,

    /// <summary>The module is larger than is allowed.</summary>
    TooLarge,

    /// <summary>What was sent is not what its digest says.</summary>
    WrongDigest,

    /// <summary>The module cannot be compiled or linked.</summary>
    NotLoadable,

    /// <summary>The new version did not answer its health check as it must.</summary>
    Unhealthy,

    /// <summary>The state could not be written: the disk is full, or fails. Nothing has changed.</summary>
    Storage,

    /// <summary>The state, or a module, is damaged.</summary>
    Damaged,

    /// <summary>Too much is under way; it can be tried again.</summary>
    Busy,
}

/// <summary>The words for programs.</summary>
internal static class DeploymentFailures
{
    /// <summary>The word, which does not change.</summary>
    public static string WordOf(DeploymentFailure failure) => failure switch
    {
        DeploymentFailure.NotFound => "not-found",
        DeploymentFailure.Invalid => "invalid",
        DeploymentFailure.Conflict => "conflict",
        DeploymentFailure.TooLarge => "too-large",
        DeploymentFailure.WrongDigest => "wrong-digest",
        DeploymentFailure.NotLoadable => "not-loadable",
        DeploymentFailure.Unhealthy => "unhealthy",
        DeploymentFailure.Storage => "storage",
        DeploymentFailure.Busy => "busy",
        _ => "damaged",
    };
}

/// <summary>Something could not be deployed or changed. What served before still does.</summary>
public sealed class DeploymentException : Exception
{
    /// <summary>Something could not be done.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="inner">What was thrown.</param>
    public DeploymentException(DeploymentFailure failure, string message, Exception? inner = null) : base(message, inner) => Failure = failure;

    /// <summary>Why.</summary>
    public DeploymentFailure Failure { get; }
}
