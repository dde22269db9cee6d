namespace Coffer.ProxyWasm.Streams;

/// <summary>The request or the response of an exchange at one filter.</summary>
internal sealed class HttpDirection(HttpFilterStream stream, bool isRequest) : IBodyFilter
{
    public BodyBuffer Buffer { get; } = new();

    public PauseGate Pause { get; } = new();

    public int BufferLimit => stream.Options.BufferLimit;

    public bool IsAnswered => stream.Exchange.IsAnswered;

    /// <summary>Whether the filter has callbacks for the body or the trailers.</summary>
    public bool WantsBody => isRequest ? stream.WantsRequestBody : stream.WantsResponseBody;

    /// <summary>Whether the body goes on to the filter while it pauses the headers.</summary>
    public bool ContinuesBody => stream.Options.ContinuesBodyWhenHeadersPause && WantsBody;

    public ValueTask<bool> ShowAsync(BodyPiece piece)
    {
        // Once it does not work, it is as if it was not there; the policy has been asked.
        if (stream.HasFailed) return new(true);
        if (piece.HasTrailers)
        {
            return stream.ShowAsync((stream, isRequest), static (callbacks, context, state) => state.isRequest
                ? callbacks.RequestTrailers?.Invoke(context.Id, state.stream.Exchange.RequestTrailers?.Count ?? 0) ?? 0
                : callbacks.ResponseTrailers?.Invoke(context.Id, state.stream.Exchange.ResponseTrailers?.Count ?? 0) ?? 0);
        }

        return stream.ShowAsync((isRequest, Buffer.Length, piece.IsLast), static (callbacks, context, state) =>
            (state.isRequest ? callbacks.RequestBody : callbacks.ResponseBody)?.Invoke(context.Id, state.Length, state.IsLast ? 1 : 0) ?? 0);
    }

    public void Overflow() => stream.Refuse(isRequest ? 413 : 500, "filter_buffer_overflow");

    /// <summary>Waits for what was paused; whether it goes on.</summary>
    public async ValueTask<bool> WaitUntilContinuedAsync(CancellationToken cancellation)
    {
        // Whoever failed or answered before this was there has woken nobody.
        var continued = Pause.WhenContinued();
        if (!stream.HasFailed && !IsAnswered) await WaitAsync(continued, cancellation).ConfigureAwait(false);
        if (stream.HasFailed && !IsAnswered) return stream.FailByPolicy();
        return !IsAnswered;
    }

    public async Task WaitAsync(Task task, CancellationToken cancellation)
    {
        if (task.IsCompleted) return;
        try
        {
            await task.WaitAsync(stream.Options.PauseLimit, stream.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            stream.Refuse(504, "filter_pause_timeout");
        }
    }
}
