using Coffer.Fastly.Abi;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Running;

/// <summary>
/// The response to the client: whether there is one, and how it gets there. It is sent on the guest's thread as far as that
/// does not wait, and goes on elsewhere, also when the guest has ended.
/// </summary>
internal sealed class DownstreamReply(DownstreamResponse response, FastlyLimits limits, FastlyLog log, CancellationToken cancellation)
{
    private const int FailedStatus = 502;

    /// <summary>Whether the guest has said what the response is.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>Ends when the response has been sent, or given up. It does not fail.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public FastlyStatus SendEarlyHints(ResponseHead head, GuestWait wait)
    {
        if (IsDecided) return FastlyStatus.Error;
        Framing.Apply(head.Headers, isManual: false);
        wait.For(response.SendEarlyHintsAsync(new DownstreamResponseHead(head.Status, head.Headers.ToText(), null), cancellation).AsTask());
        return FastlyStatus.Ok;
    }

    public void Send(ResponseHead head, Body body)
    {
        IsDecided = true;
        Completion = SendAsync(head, body);
    }

    /// <summary>Sends the answer of a backend when it comes.</summary>
    public void Send(PendingRequest pending)
    {
        IsDecided = true;
        Completion = SendAsync(pending);
    }

    private async Task SendAsync(PendingRequest pending)
    {
        BackendResponse answer;
        try
        {
            answer = await pending.Response.ConfigureAwait(false);
        }
        catch (SendException failure)
        {
            log.Report(failure.Message);
            var head = new ResponseHead(limits.HeaderBytes) { Status = FailedStatus };
            foreach (var change in pending.OnError) Try(change, head.Headers);
            await SendAsync(head, new Body(new BufferedBytes(0, limits.HeaderBytes))).ConfigureAwait(false);
            return;
        }

        foreach (var change in pending.OnResponse) Try(change, answer.Head.Headers);
        await SendAsync(answer.Head, answer.Body).ConfigureAwait(false);
    }

    private void Try(Action<HeaderList> change, HeaderList headers)
    {
        try
        {
            change(headers);
        }
        catch (StatusException refused)
        {
            log.Report($"a header of the response could not be changed: {refused.Message}");
        }
    }

    private async Task SendAsync(ResponseHead head, Body body)
    {
        try
        {
            var length = Framing.Apply(head.Headers, head.HasManualFraming) ?? body.KnownLength;
            if (length > limits.ResponseBodyBytes) throw new BodyLimitException(limits.ResponseBodyBytes);
            await response.StartAsync(new DownstreamResponseHead(head.Status, head.Headers.ToText(), length), cancellation).ConfigureAwait(false);
            await WriteAsync(body).ConfigureAwait(false);
            await response.CompleteAsync(body.HasTrailers ? body.Trailers.ToText() : [], cancellation).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Whatever it was, the client must not take what it got for the whole; nobody waits for more than that.
            response.Abort(failure.Message);
            if (!cancellation.IsCancellationRequested) log.Report($"the response could not be sent whole: {failure.Message}");
        }
        finally
        {
            body.Dispose();
        }
    }

    private async Task WriteAsync(Body body)
    {
        var sent = 0L;
        while (true)
        {
            var ready = body.WhenReadable();
            if (!ready.IsCompleted)
            {
                await response.FlushAsync(cancellation).ConfigureAwait(false);
                await ready.WaitAsync(cancellation).ConfigureAwait(false);
            }
            else
            {
                await ready.ConfigureAwait(false);
            }

            var bytes = body.Peek();
            if (bytes.IsEmpty) return;
            sent += bytes.Length;
            if (sent > limits.ResponseBodyBytes) throw new BodyLimitException(limits.ResponseBodyBytes);
            await response.WriteAsync(bytes, cancellation).ConfigureAwait(false);
            body.Advance(bytes.Length);
        }
    }
}
