using System.Text.Json.Nodes;
using Coffer.Edge.Apps;
using Coffer.Edge.Deployment;
using Coffer.Edge.Deployment.State;
using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>Looks at apps: <c>/v1/apps</c>, their versions, and what happened to them.</summary>
internal static class AppEndpoints
{
    private const int EventsAtOnce = 100;

    public static void Map(IEndpointRouteBuilder api, AdminServices services)
    {
        api.MapGet("/apps", context => AdminJson.WriteAsync(context, services.Apps.All.OrderBy(app => app.Name, StringComparer.Ordinal).Select(app => Describe(services, app))));
        api.MapGet("/apps/{app}", context => AdminJson.WriteAsync(context, Describe(services, Find(services, context))));
        api.MapGet("/apps/{app}/versions", context =>
            AdminJson.WriteAsync(context, Deployed(services, AdminJson.Part(context, "app")).Record is var record ? record.Versions.Reverse().Select(version => Describe(record, version)) : []));
        api.MapGet("/apps/{app}/events", context => WriteEventsAsync(services, context, Find(services, context).Name));
        api.MapGet("/events", context => WriteEventsAsync(services, context, null));
    }

    /// <summary>An app by the name in the path.</summary>
    /// <exception cref="DeploymentException">There is none.</exception>
    public static App Find(AdminServices services, HttpContext context)
    {
        var name = AdminJson.Part(context, "app");
        return AppNames.IsOne(name) && services.Apps.TryGet(name, out var app) ? app : throw new DeploymentException(DeploymentFailure.NotFound, "there is no such app");
    }

    private static DeployedApp Deployed(AdminServices services, string name) => services.RequireDeployments().Get(name);

    private static Task WriteEventsAsync(AdminServices services, HttpContext context, string? app)
    {
        var limit = (int)(AdminJson.Number(context, "limit", 1, 1000) ?? EventsAtOnce);
        var before = AdminJson.Number(context, "before", 1, long.MaxValue);
        return AdminJson.WriteAsync(context, services.Deployments?.Store.Events(app, before, limit) ?? []);
    }

    private static AppView Describe(AdminServices services, App app)
    {
        var deployed = services.Deployments?.Apps.FirstOrDefault(each => each.Record.Name == app.Name);
        var statistics = app.Statistics;
        return new AppView
        {
            Name = app.Name,
            Source = deployed is null ? "configuration" : "deployment",
            Routes = deployed?.Settings?.Routes.Select(route => route.Text).ToList(),
            Stable = deployed is { Record: { Stable: > 0 } record }
                ? Describe(record, record[record.Stable]) with { Outcomes = Outcomes(app.Current) }
                : app.Current is { } current ? new VersionView { Digest = ModuleDigest.Format(current.Source.Digest), Outcomes = Outcomes(current) } : null,
            Candidate = deployed is { Record: { Candidate: { } candidate } trying } ? Describe(trying, trying[candidate]) with { Outcomes = Outcomes(app.Candidate) } : null,
            Weight = deployed?.Record is { Candidate: not null } weighted ? weighted.Weight : null,
            CanRollBack = deployed?.Record.Versions.Any(version => version.Fate == VersionFate.Superseded && version.Number < deployed.Record.Stable) ?? false,
            IsLoaded = app.Current?.IsLoaded ?? false,
            Requests = statistics.Requests,
            Errors = statistics.WithStatus(5),
            Running = app.Queue.Running,
            Waiting = app.Queue.Waiting.Count,
            ProcessorSeconds = statistics.ProcessorTime.TotalSeconds,
            MemoryPeak = statistics.MemoryPeak,
            Faults = Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None && statistics.WithFault(kind) > 0)
                .ToDictionary(FaultKinds.WordOf, statistics.WithFault),
        };
    }

    private static OutcomeView? Outcomes(AppVersion? version) => version is null ? null : new OutcomeView(version.Outcomes.Requests, version.Outcomes.Failures);

    private static VersionView Describe(AppRecord app, VersionRecord version) => new()
    {
        Number = version.Number,
        Digest = ModuleDigest.Format(version.Digest),
        Created = version.Created,
        Fate = version.Number == app.Stable ? "stable" : version.Number == app.Candidate ? "candidate" : Word(version.Fate),
        Settings = JsonNode.Parse(version.Settings, documentOptions: new() { AllowTrailingCommas = true, CommentHandling = System.Text.Json.JsonCommentHandling.Skip }),
    };

    private static string Word(VersionFate fate) => fate switch
    {
        VersionFate.Superseded => "superseded",
        VersionFate.Aborted => "aborted",
        VersionFate.RolledBack => "rolled-back",
        _ => "serving",
    };

    private sealed record AppView
    {
        public required string Name { get; init; }

        public required string Source { get; init; }

        public IReadOnlyList<string>? Routes { get; init; }

        public VersionView? Stable { get; init; }

        public VersionView? Candidate { get; init; }

        public int? Weight { get; init; }

        public bool CanRollBack { get; init; }

        public bool IsLoaded { get; init; }

        public long Requests { get; init; }

        public long Errors { get; init; }

        public int Running { get; init; }

        public int Waiting { get; init; }

        public double ProcessorSeconds { get; init; }

        public long MemoryPeak { get; init; }

        public required Dictionary<string, long> Faults { get; init; }
    }

    private sealed record VersionView
    {
        public int? Number { get; init; }

        public required string Digest { get; init; }

        public DateTimeOffset? Created { get; init; }

        public string? Fate { get; init; }

        public JsonNode? Settings { get; init; }

        public OutcomeView? Outcomes { get; init; }
    }

    private sealed record OutcomeView(long Requests, long Failures);
}
