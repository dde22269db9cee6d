using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Coffer.Plugins.Versions;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Apps;

/// <summary>The apps of a server by their names. Thread-safe.</summary>
internal sealed class AppRegistry(Func<string, ILogger> loggers)
{
    private readonly Func<string, ILogger> loggers = loggers;
    private readonly ConcurrentDictionary<string, App> apps = new(StringComparer.Ordinal);

    /// <summary>How versions of apps are replaced that are made from now on.</summary>
    public VersionSlotOptions Replacing { get; set; } = VersionSlotOptions.Default;

    /// <summary>All apps.</summary>
    public IEnumerable<App> All => apps.Values;

    /// <summary>An app that there is.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out App? app) => apps.TryGetValue(name, out app);

    /// <summary>An app, made now if need be, without a version.</summary>
    public App GetOrAdd(string name) => apps.GetOrAdd(name, static (key, registry) => new App(key, registry.loggers($"coffer.app.{key}"), registry.Replacing), this);

    /// <summary>Forgets an app. Requests that it serves go on.</summary>
    public void Remove(string name)
    {
        // Its requests are waited for by nobody: each ends by its limits.
        if (apps.TryRemove(name, out var app)) _ = app.DisposeAsync().AsTask();
    }
}
