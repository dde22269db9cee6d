namespace Coffer.Edge.Deployment;

/// <summary>What is to be deployed. Immutable.</summary>
internal sealed record DeploymentRequest
{
    /// <summary>The digest of a module that was uploaded.</summary>
    public required string Digest { get; init; }

    /// <summary>How requests are served, as JSON; null for as they are served now.</summary>
    public string? Settings { get; init; }

    /// <summary>How many of a hundred requests the new version serves at first; null for all.</summary>
    public int? Canary { get; init; }
}

/// <summary>What came of it. Immutable.</summary>
/// <param name="App">The app.</param>
/// <param name="Version">The number of the version.</param>
/// <param name="IsNew">False when just this was deployed before and serves.</param>
internal sealed record DeploymentResult(string App, int Version, bool IsNew);
