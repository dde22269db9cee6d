using System.Diagnostics;

namespace Coffer.Cli.Running;

/// <summary>Makes this process one that nobody watches: it has the least priority, and ends whatever it may wait for.</summary>
internal sealed class BackgroundWork : IDisposable
{
    private readonly Timer limit;

    /// <summary>Begins it.</summary>
    /// <param name="mostTime">How long the process may live from now on.</param>
    public BackgroundWork(TimeSpan mostTime)
    {
        limit = new Timer(static _ => Environment.Exit(ExitCode.Exhausted), null, mostTime, Timeout.InfiniteTimeSpan);
        using var self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.Idle;
    }

    /// <summary>Lets the process live on.</summary>
    public void Dispose() => limit.Dispose();
}
