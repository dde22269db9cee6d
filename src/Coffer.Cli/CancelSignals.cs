using System.Runtime.InteropServices;

namespace Coffer.Cli;

/// <summary>
/// Turns the first interrupt (Ctrl+C) or termination signal into a cancellation. A second one ends the process as it
/// would have without us, and so does a guest that does not react: it may wait inside the system.
/// </summary>
internal sealed class CancelSignals : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt, termination;

    public CancelSignals()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive);
        termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive);
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        interrupt.Dispose();
        termination.Dispose();
        source.Dispose();
    }

    private void Receive(PosixSignalContext signal)
    {
        if (source.IsCancellationRequested) return;
        signal.Cancel = true;
        source.Cancel();
        _ = Task.Delay(Patience).ContinueWith(static _ => Environment.Exit(ExitCode.Cancelled), TaskScheduler.Default);
    }
}
