using System.Runtime.InteropServices;
using Coffer.Edge.Ambient;

namespace Coffer.Edge.Hosting;

/// <summary>
/// Waits for changes of files, by looking at them twice a second: what tells of changes by itself does not in containers and
/// on network drives, and editors exchange files rather than change them.
/// </summary>
internal sealed class FileWatch(ServerFiles files, Func<IEnumerable<string>> watched) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim triggered = new(0);
    private List<(string, DateTime, long)> known = Look(files, watched);

    /// <summary>Lets the next wait end at once.</summary>
    public void Trigger() => triggered.Release();

    /// <summary>Waits until something has changed and is written whole, or <see cref="Trigger"/> was called.</summary>
    public async Task WaitAsync(bool isWatching, CancellationToken cancellation)
    {
        if (!isWatching)
        {
            await triggered.WaitAsync(cancellation).ConfigureAwait(false);
            return;
        }

        var changed = false;
        while (!await triggered.WaitAsync(Interval, cancellation).ConfigureAwait(false))
        {
            var now = Look(files, watched);
            if (now.SequenceEqual(known))
            {
                if (changed) break;
                continue;
            }

            // Once more, so that what is half written is not read.
            (known, changed) = (now, true);
        }

        known = Look(files, watched);
    }

    /// <summary>
    /// Does something each time that files have changed, where that is watched, or the process gets SIGHUP; until it is cancelled,
    /// which is how a server is stopped.
    /// </summary>
    public async Task FollowAsync(bool isWatching, Func<Task> reload, CancellationToken cancellation)
    {
        using var hangUp = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            Trigger();
        });
        try
        {
            while (true)
            {
                await WaitAsync(isWatching, cancellation).ConfigureAwait(false);
                await reload().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Dispose() => triggered.Dispose();

    private static List<(string, DateTime, long)> Look(ServerFiles files, Func<IEnumerable<string>> watched) =>
        [.. watched().Select(name => (name, files.StampOf(name).Time, files.StampOf(name).Length))];
}
