namespace Coffer.ProxyWasm.Streams;

/// <summary>What flows one way through a connection at one filter.</summary>
internal sealed class TcpDirection(TcpFilterStream stream, bool isDownstream) : IBodyFilter
{
    public BodyBuffer Buffer { get; } = new();

    public PauseGate Pause { get; } = new();

    public int BufferLimit => stream.Options.BufferLimit;

    public bool IsAnswered => stream.IsClosed;

    /// <summary>Whether the filter has a callback for it.</summary>
    public bool WantsData => stream.Callbacks is { } callbacks
        && (isDownstream ? callbacks.DownstreamData : callbacks.UpstreamData) is not null;

    public ValueTask<bool> ShowAsync(BodyPiece piece)
    {
        if (stream.HasFailed) return new(true);
        return stream.ShowAsync((isDownstream, Buffer.Length, piece.IsLast), static (callbacks, context, state) =>
            (state.isDownstream ? callbacks.DownstreamData : callbacks.UpstreamData)?.Invoke(context.Id, state.Length, state.IsLast ? 1 : 0) ?? 0);
    }

    public void Overflow() => stream.CloseConnection();

    /// <summary>Waits for what was paused; whether it goes on.</summary>
    public async ValueTask<bool> WaitUntilContinuedAsync(CancellationToken cancellation)
    {
        await WaitAsync(Pause.WhenContinued(), cancellation).ConfigureAwait(false);
        if (stream.HasFailed && !IsAnswered) return stream.FailByPolicy();
        return !IsAnswered;
    }

    public async Task WaitAsync(Task task, CancellationToken cancellation)
    {
        if (task.IsCompleted) return;
        try
        {
            // How long nothing is said on a connection is no matter of the filter; only what it pauses is.
            await (Buffer.Length == 0 ? task.WaitAsync(cancellation) : task.WaitAsync(stream.Options.PauseLimit, stream.Time, cancellation))
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            stream.CloseConnection();
        }
    }
}
