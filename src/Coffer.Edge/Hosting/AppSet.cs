using System.Security.Cryptography;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;
using Coffer.Edge.Routing;

namespace Coffer.Edge.Hosting;

/// <summary>
/// The apps that a configuration names, prepared beside those that serve: only when all of them work do they take their place.
/// </summary>
internal sealed class AppSet(ServerFiles files, AppRegistry apps, AppRuntime runtime, OtherTargets others, IReadOnlyDictionary<string, AppConfiguration> before)
{
    private readonly Dictionary<string, AppVersion> prepared = [];

    /// <summary>Compiles what is new or has changed.</summary>
    /// <exception cref="ConfigurationException">An app cannot be used; nothing has changed.</exception>
    public async Task PrepareAsync(EdgeConfiguration configuration)
    {
        try
        {
            foreach (var (name, app) in configuration.Apps) await PrepareAsync(name, app).ConfigureAwait(false);
            await others.PrepareAsync(configuration).ConfigureAwait(false);
        }
        catch
        {
            await DiscardAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether the routes go together.</summary>
    /// <exception cref="ConfigurationException">They do not.</exception>
    public void CheckRoutes(RouteBook book, EdgeConfiguration configuration)
    {
        try
        {
            book.Check(EdgeServer.ConfigurationSource, RoutesOf(configuration));
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException($"{Path.GetFileName(files.Configuration)}: {exception.Message}");
        }
    }

    /// <summary>Lets the apps that are kept warm do what only a first request does; see <see cref="Rehearsal"/>.</summary>
    public async Task RehearseAsync()
    {
        foreach (var (name, version) in prepared)
        {
            if (version.Options.Warm > 0) await Rehearsal.RunAsync(name, version, runtime).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what was prepared, when it is not used.</summary>
    public async Task DiscardAsync()
    {
        foreach (var version in prepared.Values) version.Dispose();
        await others.DiscardAsync().ConfigureAwait(false);
    }

    /// <summary>Puts everything in place.</summary>
    public async Task CommitAsync(RouteBook book, EdgeConfiguration configuration)
    {
        await others.CommitAsync().ConfigureAwait(false);
        foreach (var (name, version) in prepared) _ = apps.GetOrAdd(name).Switch(new TrafficSplit(version));
        book.Replace(EdgeServer.ConfigurationSource, RoutesOf(configuration));
        foreach (var name in before.Keys.Except(configuration.Apps.Keys)) apps.Remove(name);
        await others.DropReplacedAsync().ConfigureAwait(false);
    }

    private List<Route> RoutesOf(EdgeConfiguration configuration) =>
    [
        .. configuration.Apps.SelectMany(pair => pair.Value.Routes.Select(route => route.With(
            others.Filtered(pair.Value.Filters, new AppTarget(apps.GetOrAdd(pair.Key), runtime))))),
        .. others.RoutesOf(configuration),
    ];

    private async Task PrepareAsync(string name, AppConfiguration app)
    {
        var digest = Digest(app);
        if (apps.TryGet(name, out var known) && known.Current is { } current && current.Source.Digest == digest && current.Options == app.Options) return;
        var source = new AppSource(Path.GetFileName(app.Module), digest, _ => Task.FromResult<ReadOnlyMemory<byte>>(Read(app, digest)));
        var version = new AppVersion(digest[..12], source, app.Options, runtime.Loader);
        prepared[name] = version;
        if (app.Options.Warm == 0) return;
        try
        {
            await version.LoadAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is CofferException or IOException or InvalidDataException)
        {
            throw app.Error(exception.Message);
        }
    }

    private string Digest(AppConfiguration app)
    {
        try
        {
            return files.Digest(app.Module);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw app.Error($"the module cannot be read: {exception.Message}");
        }
    }

    // An app that is compiled later is still what was looked at when the configuration was read.
    private byte[] Read(AppConfiguration app, string digest)
    {
        var bytes = files.ReadModule(app.Module);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest
            ? bytes
            : throw new InvalidDataException($"{app.Module} has changed, and the configuration was not read again");
    }
}
