using System.Collections.Concurrent;
using Coffer.Plugins.Running;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>
/// Plugins by name. Make one for the life of the process. Thread-safe. What a plugin does costs its call; the host and the
/// other plugins are as they were.
/// </summary>
/// <example>
/// <code>
/// await using var host = new PluginHost();
/// var greeter = await host.LoadAsync("greeter", PluginSource.FromFile("greeter.wasm"));
/// var answer = greeter.Call("greet", "world"u8.ToArray());
/// </code>
/// </example>
public sealed class PluginHost : IAsyncDisposable
{
    private readonly PluginHostOptions options;
    private readonly ConcurrentDictionary<string, Plugin> plugins = new(StringComparer.Ordinal);
    private readonly Lazy<Engine> plain;
    private readonly Lazy<Engine> metered;
    private readonly ConcurrentBag<FolderWatch> watches = [];
    private int isDisposed;

    /// <summary>A host without plugins.</summary>
    public PluginHost(PluginHostOptions? options = null)
    {
        this.options = options ?? new PluginHostOptions();
        plain = new Lazy<Engine>(() => new Engine(this.options.Engine with { Interruptible = true, ConsumeFuel = false }));
        metered = new Lazy<Engine>(() => new Engine(this.options.Engine with { Interruptible = true, ConsumeFuel = true }));
    }

    internal ModuleFactory Compile => options.Compile;

    internal TimeProvider TimeProvider => options.TimeProvider;

    /// <summary>All plugins, by name.</summary>
    public IReadOnlyList<PluginInfo> List() => [.. plugins.Values.OrderBy(plugin => plugin.Name, StringComparer.Ordinal).Select(plugin => plugin.Describe())];

    /// <summary>A plugin.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public Plugin Get(string name) => Find(name)
        ?? throw new KeyNotFoundException($"There is no plugin \"{name}\". There are: {string.Join(", ", plugins.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>A plugin, or null.</summary>
    public Plugin? Find(string name) => plugins.GetValueOrDefault(name);

    /// <summary>Loads a plugin, or another version of one that there is already, in the background.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="pluginOptions">How it is run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PluginException">It cannot be loaded. A plugin that was there already is as before.</exception>
    public async Task<Plugin> LoadAsync(
        string name, PluginSource source, PluginOptions? pluginOptions = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref isDisposed) != 0, this);
        if (plugins.TryGetValue(name, out var known))
        {
            await known.SwapAsync(source, pluginOptions, cancellationToken).ConfigureAwait(false);
            return known;
        }

        var logger = options.Loggers.CreateLogger($"{PluginTelemetry.Name}.{name}");
        var plugin = new Plugin(this, name, pluginOptions ?? PluginOptions.Default, logger);
        await plugin.SwapAsync(source, null, cancellationToken).ConfigureAwait(false);
        if (plugins.TryAdd(name, plugin)) return plugin;

        // Somebody else has loaded one of the same name meanwhile; what was asked for last shall serve.
        await plugin.DisposeAsync().ConfigureAwait(false);
        return await LoadAsync(name, source, pluginOptions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a plugin away: calls under way finish, then it is unloaded.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(string name)
    {
        if (!plugins.TryRemove(name, out var plugin)) return false;
        await plugin.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Loads all modules of a folder, each under the name of its file without extension, and follows what becomes of them:
    /// new files are loaded, changed ones are swapped in, and the plugins of those that are gone are taken away.
    /// </summary>
    /// <param name="folder">The folder, with files <c>*.wasm</c> and <c>*.wat</c>.</param>
    /// <param name="optionsOf">How a plugin is run, by its name; null for the default.</param>
    /// <returns>What was loaded and what was not; and what ends the watching when it is disposed, at the latest with the host.</returns>
    public async Task<FolderWatch> WatchFolderAsync(string folder, Func<string, PluginOptions>? optionsOf = null)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref isDisposed) != 0, this);
        var watch = new FolderWatch(this, folder, optionsOf, options.TimeProvider, options.WatchInterval, options.Loggers.CreateLogger(PluginTelemetry.Name));
        await watch.LookAsync(CancellationToken.None).ConfigureAwait(false);
        watch.Start();
        watches.Add(watch);
        return watch;
    }

    /// <summary>Waits for calls under way, no longer than their plugins' drain times, and unloads all plugins.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0) return;
        foreach (var watch in watches) await watch.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(plugins.Values.Select(plugin => plugin.DisposeAsync().AsTask())).ConfigureAwait(false);
        plugins.Clear();
    }

    internal Engine EngineFor(PluginLimits limits) => limits.Fuel is null ? plain.Value : metered.Value;
}
