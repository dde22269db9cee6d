namespace Coffer.ProxyWasm.Streams;

/// <summary>Whether one direction of a stream is paused by a filter, and who waits for it to go on. Thread-safe.</summary>
internal sealed class PauseGate
{
    private readonly Lock gate = new();
    private TaskCompletionSource? waiting;
    private bool wasContinued;

    /// <summary>Whether somebody waits, or has waited, for what was not continued yet.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (gate) return waiting is not null;
        }
    }

    /// <summary>Called before a callback whose answer may be to pause: what was continued before it does not count.</summary>
    public void Reset()
    {
        lock (gate) wasContinued = false;
    }

    /// <summary>The filter, or the end of it, lets the stream go on.</summary>
    public void Continue()
    {
        TaskCompletionSource? source;
        lock (gate)
        {
            wasContinued = true;
            source = waiting;
            waiting = null;
        }

        source?.SetResult();
    }

    /// <summary>Completes when the stream may go on, which it may at once when it was continued since the last reset.</summary>
    public Task WhenContinued()
    {
        lock (gate)
        {
            if (wasContinued) return Task.CompletedTask;
            // Whoever continues holds a VM; what waits must not run within that.
            waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting.Task;
        }
    }
}
