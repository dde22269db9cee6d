using System.Text;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;

namespace Coffer.Edge.Deployment;

/// <summary>How the requests of a deployed version are served, and what is expected of it. Immutable.</summary>
internal sealed record DeploymentSettings
{
    /// <summary>The most characters that settings may have.</summary>
    public const int LongestText = 64 << 10;

    private static readonly string[] Words = ["routes", "health", "rollback"];

    /// <summary>The routes as they are written.</summary>
    public required IReadOnlyList<EdgeRoute> Routes { get; init; }

    /// <summary>How requests are served.</summary>
    public required AppOptions Options { get; init; }

    /// <summary>The request that a new version must answer before it serves; null for none.</summary>
    public required HealthSettings? Health { get; init; }

    /// <summary>When a version is taken back by itself; null for never.</summary>
    public required RollbackSettings? Rollback { get; init; }

    /// <summary>Reads settings: what the configuration says of an app, without its module, and what is expected.</summary>
    /// <param name="app">The name of the app, whose route is its path when nothing is said.</param>
    /// <param name="text">JSON.</param>
    /// <exception cref="DeploymentException">It is none; the message has the place.</exception>
    public static DeploymentSettings Parse(string app, string text)
    {
        if (text.Length > LongestText) throw new DeploymentException(DeploymentFailure.Invalid, $"the settings have more than {LongestText} characters");
        try
        {
            var value = JsonText.Read(Encoding.UTF8.GetBytes(text), "settings");
            value.Only([.. EdgeConfigurationReader.AppOptionWords, .. Words]);
            return new DeploymentSettings
            {
                Routes = value["routes"] is { } routes ? EdgeConfigurationReader.ReadRoutes(routes) : [new EdgeRoute("/" + app, false, [], null)],
                Options = EdgeConfigurationReader.ReadAppOptions(value, folder: null),
                Health = ReadHealth(value["health"]),
                Rollback = ReadRollback(value["rollback"]),
            };
        }
        catch (ConfigurationException exception)
        {
            throw new DeploymentException(DeploymentFailure.Invalid, exception.Message, exception);
        }
    }

    private static HealthSettings? ReadHealth(JsonValue? value)
    {
        var standard = new HealthSettings();
        if (value is null) return standard;
        if (value.IsFlag) return value.Flag ? standard : null;
        value.Only("path", "status", "timeout");
        var path = value["path"]?.Text ?? standard.Path;
        if (!path.StartsWith('/') || path.Length > 2000 || path.Any(unit => unit is <= ' ' or >= '\x7f'))
            throw value.Error("the path of the health check begins with / and is written as in a request");
        return new HealthSettings
        {
            Path = path,
            Status = value["status"]?.Number(100, 599),
            Timeout = value["timeout"]?.Duration ?? standard.Timeout,
        };
    }

    private static RollbackSettings? ReadRollback(JsonValue? value)
    {
        var standard = new RollbackSettings();
        if (value is null) return standard;
        if (value.IsFlag) return value.Flag ? standard : null;
        value.Only("errors", "requests", "window", "for");
        return new RollbackSettings
        {
            Errors = value["errors"]?.Number(1, 100) ?? standard.Errors,
            Requests = value["requests"]?.Number(1, int.MaxValue) ?? standard.Requests,
            Window = value["window"]?.Duration ?? standard.Window,
            For = value["for"]?.Duration ?? standard.For,
        };
    }
}

/// <summary>The request that a new version must answer before it serves. Immutable.</summary>
internal sealed record HealthSettings
{
    /// <summary>The path below the first route.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The status that it must answer with; null for any below 500.</summary>
    public int? Status { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>When a version that serves is taken back by itself. Immutable.</summary>
internal sealed record RollbackSettings
{
    /// <summary>How many of a hundred requests must fail.</summary>
    public int Errors { get; init; } = 50;

    /// <summary>How many requests there must be, so that a few do not decide.</summary>
    public int Requests { get; init; } = 20;

    /// <summary>The time of which the requests count.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after its switch a version is watched; a candidate is as long as it is one.</summary>
    public TimeSpan For { get; init; } = TimeSpan.FromMinutes(10);
}
