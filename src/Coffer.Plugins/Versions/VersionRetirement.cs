namespace Coffer.Plugins.Versions;

/// <summary>Waits until replaced versions have no leases, tells them to stop when that takes too long, and disposes them.</summary>
internal sealed class VersionRetirement<T>(VersionSlotOptions options, Lock gate, Action<VersionEntry<T>> retired) where T : class
{
    private long stops;

    public event Action<VersionInfo>? Stopped;

    public event Action<VersionInfo, Exception>? DisposeFailed;

    public long Stops => Interlocked.Read(ref stops);

    /// <summary>
    /// Ends when the version is disposed, put aside, or active again. May be called again for a version that is put aside
    /// and shall go: whoever finds it drained first disposes it.
    /// </summary>
    public async Task RetireAsync(VersionEntry<T> entry)
    {
        while (true)
        {
            var wait = entry.WaitAsync();
            lock (gate)
            {
                // It may have been rolled back to meanwhile, or somebody else has taken it away.
                if (entry.State is VersionState.Active or VersionState.Retired) return;
                if (entry.IsDrained && !entry.IsAbandoned)
                {
                    entry.State = VersionState.Standby;
                    return;
                }

                if (entry.IsDrained)
                {
                    entry.State = VersionState.Retired;
                    retired(entry);
                    break;
                }
            }

            await WaitOrStopAsync(entry, wait).ConfigureAwait(false);
        }

        try
        {
            await entry.DisposeValueAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a version does when it goes, the next one serves already.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DisposeFailed?.Invoke(entry.Describe(), exception);
        }
    }

    private async Task WaitOrStopAsync(VersionEntry<T> entry, Task wait)
    {
        try
        {
            await wait.WaitAsync(options.DrainTime, options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (gate)
            {
                if (entry.State == VersionState.Active) return;
            }

            if (await entry.StopAsync().ConfigureAwait(false))
            {
                Interlocked.Increment(ref stops);
                Stopped?.Invoke(entry.Describe());
            }

            await wait.ConfigureAwait(false);
        }
    }
}
