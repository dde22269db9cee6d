namespace Coffer.Edge.Apps;

/// <summary>
/// Forgets the code of apps that are not to be kept warm and that nobody has asked for in a while, so that what is deployed and
/// idle takes next to nothing.
/// </summary>
internal sealed class IdleApps : IAsyncDisposable
{
    private readonly AppRegistry apps;
    private readonly TimeSpan patience;
    private readonly PeriodicTimer timer;
    private readonly Task looking;

    /// <param name="apps">The apps.</param>
    /// <param name="patience">How long nobody has asked.</param>
    /// <param name="time">The time.</param>
    public IdleApps(AppRegistry apps, TimeSpan patience, TimeProvider time)
    {
        this.apps = apps;
        this.patience = patience;
        timer = new PeriodicTimer(patience / 4, time);
        looking = Task.Run(LookAsync);
    }

    /// <summary>Forgets what is idle now.</summary>
    public void Forget()
    {
        foreach (var app in apps.All)
        {
            if (app.Queue.Running > 0 || app.Current is not { IsLoaded: true, Options.Warm: 0 } version || version.IdleTime < patience) continue;
            version.Unload();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await looking.ConfigureAwait(false);
    }

    private async Task LookAsync()
    {
        while (await timer.WaitForNextTickAsync().ConfigureAwait(false)) Forget();
    }
}
