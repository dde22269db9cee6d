namespace Coffer.Edge.Deployment;

/// <summary>Looks after the versions of deployed apps once a second, and takes back those that fail too often.</summary>
/// <param name="service">What is deployed.</param>
/// <param name="time">The time.</param>
internal sealed class RollbackWatch(DeploymentService service, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource end = new();
    private Task watching = Task.CompletedTask;

    /// <summary>Begins to look.</summary>
    public void Start() => watching = WatchAsync();

    /// <summary>Takes back the versions of an app that fail too often.</summary>
    public async Task LookAsync(DeployedApp app)
    {
        foreach (var watch in app.Watches)
        {
            var isCandidate = app.App.Candidate == watch.Version;
            if (!isCandidate && watch.IsOver)
            {
                app.Watches = [.. app.Watches.Where(other => other != watch)];
                continue;
            }

            if (watch.Look() is not { } reason) continue;
            app.Watches = [.. app.Watches.Where(other => other != watch)];
            try
            {
                if (isCandidate) await service.AbortAsync(app.Record.Name, reason).ConfigureAwait(false);
                else await service.RollBackAsync(app.Record.Name, null, reason).ConfigureAwait(false);
            }
            catch (DeploymentException exception)
            {
                service.Note(app.Record.Name, $"it should be rolled back ({reason}), and cannot be: {exception.Message}");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false))
        {
            foreach (var app in service.Apps) await LookAsync(app).ConfigureAwait(false);
        }
    }
}
