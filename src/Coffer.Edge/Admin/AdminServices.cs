using Coffer.Edge.Apps;
using Coffer.Edge.Deployment;
using Coffer.Edge.Stores;
using Coffer.Edge.Telemetry;

namespace Coffer.Edge.Admin;

/// <summary>What administration looks at and changes. Immutable.</summary>
internal sealed record AdminServices
{
    /// <summary>What is deployed; null where nothing can be.</summary>
    public required DeploymentService? Deployments { get; init; }

    /// <summary>All apps.</summary>
    public required AppRegistry Apps { get; init; }

    /// <summary>What apps use together.</summary>
    public required AppRuntime Runtime { get; init; }

    /// <summary>What is logged.</summary>
    public required LogHub Logs { get; init; }

    /// <summary>What happened in the last minutes.</summary>
    public required LoadSampler Load { get; init; }

    /// <summary>What guests were denied.</summary>
    public required DenialBook Denials { get; init; }

    /// <summary>What apps keep between requests.</summary>
    public required AppStores Stores { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The largest module that can be deployed.</summary>
    public required long UploadBytes { get; init; }

    /// <summary>What is deployed.</summary>
    /// <exception cref="DeploymentException">Nothing can be.</exception>
    public DeploymentService RequireDeployments() => Deployments
        ?? throw new DeploymentException(DeploymentFailure.Conflict, "this server has no folder for what is deployed: give it one (admin.state, or --state)");
}
