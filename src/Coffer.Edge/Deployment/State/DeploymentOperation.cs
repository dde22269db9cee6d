using System.Text.Json.Serialization;

namespace Coffer.Edge.Deployment.State;

/// <summary>How far a deployment is that nobody waits for.</summary>
internal enum OperationState
{
    /// <summary>It was taken in.</summary>
    Pending,

    /// <summary>The module is being compiled.</summary>
    Compiling,

    /// <summary>The new version is asked for its health.</summary>
    Checking,

    /// <summary>It is done: the version serves, or serves its share.</summary>
    Serving,

    /// <summary>It was not done; what served before still does.</summary>
    Failed,
}

/// <summary>A deployment that nobody waits for, as it stands. Immutable.</summary>
internal sealed record DeploymentOperation
{
    /// <summary>The word of those that a stop or a crash of the server has ended.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>Its number, which grows.</summary>
    public required long Id { get; init; }

    /// <summary>The app.</summary>
    public required string App { get; init; }

    /// <summary>The digest of the module.</summary>
    public required string Digest { get; init; }

    /// <summary>How many of a hundred requests the version is to serve at first; null for all.</summary>
    public int? Canary { get; init; }

    /// <summary>How far it is.</summary>
    public required OperationState State { get; init; }

    /// <summary>When it was taken in.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The version that serves; null before.</summary>
    public int? Version { get; init; }

    /// <summary>Why it failed, as a word for programs, the same as in the answer to who waits; null when it did not.</summary>
    public string? Code { get; init; }

    /// <summary>Why it failed, for people; null when it did not.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it goes on.</summary>
    [JsonIgnore]
    public bool IsRunning => State is not (OperationState.Serving or OperationState.Failed);
}
