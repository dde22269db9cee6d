using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Guests;
using Coffer.Edge.Routing;
using Coffer.Edge.Stores;
using Coffer.Stores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Edge.Apps;

/// <summary>
/// A first request to an app that is kept warm, before there is one: what the server, the runtime and the system do once only is done then,
/// and clients need not wait for it. It goes the way of all requests, with no authority that anybody could notice, and counts nowhere.
/// </summary>
internal static class Rehearsal
{
    // A program that does more than answer when it is asked does not keep others from being served.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // What a guest learns by them it was given for itself, and there is nowhere to take it: not to be known is all that it can do.
    private static readonly CapabilityKind[] Harmless = [CapabilityKind.EnvironmentVariable, CapabilityKind.Argument];

    /// <summary>Asks a version that is loaded for <c>/</c>. What it answers, and whether it does, is not looked at.</summary>
    public static async Task RunAsync(string name, AppVersion version, AppRuntime runtime)
    {
        var options = OptionsOf(version.Options);
        GuestProgram program;
        try
        {
            program = (await version.LoadAsync().ConfigureAwait(false)).LinkAgain(options, runtime.Host with { Audit = null, Stores = new AppStores(new MemoryKeyValueDatabase()) });
        }
        catch (Exception exception) when (exception is CofferException or IOException)
        {
            // It may need what it is not granted here.
            return;
        }

        var app = new App(name, NullLogger.Instance);
        await using (app.ConfigureAwait(false))
        {
            _ = app.Switch(new TrafficSplit(new AppVersion(version.Id, version.Source, options, runtime.Loader, program)));
            var target = new AppTarget(app, runtime);
            var route = Route.Parse("/", target);
            using var end = new CancellationTokenSource();
            var context = OwnRequest.Create(route, "/", "coffer-rehearsal", Stream.Null, end);
            await target.ServeAsync(context, new RouteMatch(route, context)).ConfigureAwait(false);
            await context.Response.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static AppOptions OptionsOf(AppOptions options) => options with
    {
        Capabilities = new CapabilitySet([.. AppOptions.StandardCapabilities.Grants, .. options.Capabilities.Grants.Where(grant => Harmless.Contains(grant.Kind))]),
        Limits = options.Limits with { Time = options.Limits.Time < Patience ? options.Limits.Time : Patience, LogLines = 0 },
        FastlyManifest = null,
        RequestsPerInstance = 1,
    };
}
