using Coffer.Edge.Apps;
using Coffer.Edge.Deployment.State;

namespace Coffer.Edge.Deployment;

/// <summary>An app that was deployed, as it serves. Changed by who holds <see cref="Gate"/>; read by anybody.</summary>
internal sealed class DeployedApp(App app, AppRecord record)
{
    private volatile AppRecord current = record;
    private volatile ErrorWatch[] watches = [];

    /// <summary>Held while the app is changed.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>What serves.</summary>
    public App App => app;

    /// <summary>What is on disk.</summary>
    public AppRecord Record
    {
        get => current;
        set => current = value;
    }

    /// <summary>The settings of the version that serves; null where they cannot be read.</summary>
    public DeploymentSettings? Settings { get; set; }

    /// <summary>The versions whose errors are watched.</summary>
    public IReadOnlyList<ErrorWatch> Watches
    {
        get => watches;
        set => watches = [.. value];
    }

    /// <summary>Whether it was removed meanwhile.</summary>
    public bool IsRemoved { get; set; }
}
