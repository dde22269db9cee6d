using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coffer.Plugins.Hosting;

/// <summary>Loads the plugins of the configuration before the application starts, and follows its changes.</summary>
internal sealed partial class PluginLoader(PluginHost host, IOptionsMonitor<PluginsOptions> monitor, ILogger<PluginLoader> logger) : IHostedService, IAsyncDisposable
{
    private readonly SemaphoreSlim loading = new(1);
    private readonly Dictionary<string, string> loaded = new(StringComparer.Ordinal);
    private IDisposable? subscription;
    private FolderWatch? watch;

    /// <summary>What of the configuration could not be loaded when it was last tried.</summary>
    public IReadOnlyDictionary<string, Exception> Failures { get; private set; } = new Dictionary<string, Exception>();

    /// <summary>What of the folder could not be loaded when it was last tried, by file.</summary>
    public IReadOnlyDictionary<string, PluginException> FolderFailures => watch?.Failures ?? new Dictionary<string, PluginException>();

    /// <inheritdoc/>
    /// <exception cref="PluginException">A plugin that is not optional cannot be loaded.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = monitor.CurrentValue;
        await LoadAsync(options, isStart: true, cancellationToken).ConfigureAwait(false);
        if (options.Folder is { } folder)
        {
            watch = await host.WatchFolderAsync(folder, OptionsOf).ConfigureAwait(false);
            if (!options.Watch) await watch.DisposeAsync().ConfigureAwait(false);
        }

        subscription = monitor.OnChange(changed => _ = FollowAsync(changed));
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        subscription?.Dispose();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        subscription?.Dispose();
        if (watch is not null) await watch.DisposeAsync().ConfigureAwait(false);
        loading.Dispose();
    }

    private PluginOptions OptionsOf(string name) =>
        monitor.CurrentValue.Plugins.TryGetValue(name, out var entry) ? EntryReader.Read(entry).Options : PluginOptions.Default;

    private async Task FollowAsync(PluginsOptions changed)
    {
        try
        {
            await LoadAsync(changed, isStart: false, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody waits for this; what was loaded before serves on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            NotFollowed(logger, exception);
        }
    }

    private async Task LoadAsync(PluginsOptions options, bool isStart, CancellationToken cancellation)
    {
        await loading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var failures = new Dictionary<string, Exception>(StringComparer.Ordinal);
            foreach (var (name, entry) in options.Plugins)
            {
                var text = JsonSerializer.Serialize(entry);
                if (loaded.TryGetValue(name, out var before) && before == text) continue;
                try
                {
                    var (source, pluginOptions) = EntryReader.Read(entry);
                    if (source is not null) await host.LoadAsync(name, source, pluginOptions, cancellation).ConfigureAwait(false);
                    loaded[name] = text;
                }
                catch (Exception exception) when (exception is PluginException or IOException or InvalidDataException && (entry.IsOptional || !isStart))
                {
                    failures[name] = exception;
                    NotLoaded(logger, name, exception);
                }
            }

            Failures = failures;
            foreach (var gone in loaded.Keys.Except(options.Plugins.Keys).ToList())
            {
                loaded.Remove(gone);
                await host.RemoveAsync(gone).ConfigureAwait(false);
            }
        }
        finally
        {
            loading.Release();
        }
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Error, Message = "the plugin {Plugin} of the configuration was not loaded")]
    private static partial void NotLoaded(ILogger logger, string plugin, Exception failure);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Error, Message = "the configuration of plugins has changed, and could not be followed")]
    private static partial void NotFollowed(ILogger logger, Exception failure);
}
