using Coffer.Plugins.Ambient;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>A folder whose modules are plugins; see <see cref="PluginHost.WatchFolderAsync"/>. Dispose it to stop following.</summary>
public sealed class FolderWatch : IAsyncDisposable
{
    private readonly PluginHost host;
    private readonly string folder;
    private readonly Func<string, PluginOptions>? optionsOf;
    private readonly PeriodicTimer timer;
    private readonly ILogger logger;
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim looking = new(1);
    private Dictionary<string, (DateTime Written, long Length)> known = new(StringComparer.Ordinal);
    private Task? following;

    internal FolderWatch(
        PluginHost host, string folder, Func<string, PluginOptions>? optionsOf, TimeProvider time, TimeSpan interval, ILogger logger)
    {
        this.host = host;
        this.folder = folder;
        this.optionsOf = optionsOf;
        this.logger = logger;
        timer = new PeriodicTimer(interval, time);
    }

    /// <summary>What could not be loaded when it was last tried, by file. A file is tried again when it changes.</summary>
    public IReadOnlyDictionary<string, PluginException> Failures { get; private set; } = new Dictionary<string, PluginException>();

    /// <summary>Looks at the folder now, instead of at the next time.</summary>
    public async Task LookAsync(CancellationToken cancellationToken = default)
    {
        await looking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var found = PluginFiles.Snapshot(folder);
            var failures = new Dictionary<string, PluginException>(Failures, StringComparer.Ordinal);
            foreach (var path in known.Keys.Except(found.Keys).ToList())
            {
                failures.Remove(path);
                await host.RemoveAsync(NameOf(path)).ConfigureAwait(false);
            }

            foreach (var (path, stamp) in found)
            {
                if (known.TryGetValue(path, out var before) && before == stamp) continue;
                failures.Remove(path);
                try
                {
                    var name = NameOf(path);
                    await host.LoadAsync(name, PluginSource.FromFile(path), optionsOf?.Invoke(name), cancellationToken).ConfigureAwait(false);
                }
                catch (PluginException failure)
                {
                    failures[path] = failure;
                }
            }

            known = found;
            Failures = failures;
        }
        finally
        {
            looking.Release();
        }
    }

    internal void Start() => following = FollowAsync();

    /// <summary>Stops following. The plugins stay.</summary>
    public async ValueTask DisposeAsync()
    {
        if (end.IsCancellationRequested) return;
        await end.CancelAsync().ConfigureAwait(false);
        timer.Dispose();
        if (following is not null) await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        looking.Dispose();
        end.Dispose();
    }

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path);

    private async Task FollowAsync()
    {
        while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false))
        {
            try
            {
                await LookAsync(end.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                PluginEvents.FolderNotRead(logger, folder, exception);
            }
        }
    }
}
