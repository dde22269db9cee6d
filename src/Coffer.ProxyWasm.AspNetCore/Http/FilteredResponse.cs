using System.IO.Pipelines;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>
/// The body of a response on its way to the filters. The first that is written shows them the headers; then a pump takes what
/// is written through the filters to the client, so that a slow client, or a filter that pauses, holds up whoever writes.
/// </summary>
internal sealed class FilteredResponse : PipeWriter, IHttpResponseBodyFeature
{
    private readonly HttpContext context;
    private readonly HttpFilterChain chain;
    private readonly IHttpResponseBodyFeature inner;
    private readonly PipeBodySource source;
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 64 << 10, resumeWriterThreshold: 32 << 10, useSynchronizationContext: false));
    private Stream? stream;
    private Task? beginning, pumping;
    private bool isCompleted;

    public FilteredResponse(HttpContext context, HttpFilterChain chain, IHttpResponseBodyFeature inner)
    {
        this.context = context;
        this.chain = chain;
        this.inner = inner;
        source = new PipeBodySource(pipe.Reader, context, chain.Exchange);
    }

    public Stream Stream => stream ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public void DisableBuffering() => inner.DisableBuffering();

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await BeginAsync(isEmpty: false).ConfigureAwait(false);
        if (chain.Exchange.IsAnswered) return;
        chain.Exchange.HasResponded = true;
        await inner.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => pipe.Writer.GetSpan(sizeHint);

    public override void Advance(int bytes) => pipe.Writer.Advance(bytes);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => pipe.Writer.UnflushedBytes;

    public override void CancelPendingFlush() => pipe.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (isCompleted) return;
        isCompleted = true;
        pipe.Writer.Complete(exception);
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var flushing = pipe.Writer.FlushAsync(cancellationToken);
        // The headers are decided before whoever writes goes on, unless a filter wants to see the body for that.
        var begun = BeginAsync(isEmpty: false);
        if (!chain.ContinuesResponseBody) await begun.ConfigureAwait(false);
        return await flushing.ConfigureAwait(false);
    }

    /// <summary>All has been written: waits until the client has it, or another answer takes its place.</summary>
    public async Task CompleteAsync()
    {
        var isEmpty = beginning is null && pipe.Writer.UnflushedBytes == 0;
        Complete();
        await BeginAsync(isEmpty).ConfigureAwait(false);
        if (pumping is not null) await pumping.ConfigureAwait(false);
    }

    /// <summary>Whoever writes has failed: nothing is waited for any more.</summary>
    public async Task FailAsync(Exception exception)
    {
        Complete(exception);
        foreach (var task in new[] { beginning, pumping })
        {
            if (task is not null) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task BeginAsync(bool isEmpty) => beginning ??= BeginOnceAsync(isEmpty);

    private async Task BeginOnceAsync(bool isEmpty)
    {
        var exchange = chain.Exchange;
        if (!exchange.IsAnswered)
        {
            exchange.ResponseHeaders = new ResponseHeaderMap(context.Response);
            if (await chain.ShowResponseAsync(isEmpty ? null : source.ReadAsync, context.RequestAborted).ConfigureAwait(false))
            {
                pumping = chain.ResponseBody is null ? Task.CompletedTask : PumpAsync(chain.ResponseBody);
                return;
            }
        }

        // What whoever writes has still to say is of no interest.
        await pipe.Reader.CompleteAsync().ConfigureAwait(false);
    }

    private async Task PumpAsync(BodySource body)
    {
        var exchange = chain.Exchange;
        try
        {
            BodyPiece piece;
            do
            {
                piece = await body(context.RequestAborted).ConfigureAwait(false);
                if (exchange.IsReset)
                {
                    context.Abort();
                    return;
                }

                // Until the first bytes are sent, a filter that is shown the body can still answer.
                if (exchange is { Local: not null, HasResponded: false }) return;
                exchange.HasResponded |= piece.Data.Length > 0;
                if (piece.Data.Length > 0) await inner.Writer.WriteAsync(piece.Data, context.RequestAborted).ConfigureAwait(false);
            }
            while (!piece.IsEnd);
        }
        finally
        {
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
