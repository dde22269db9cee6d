using Coffer.Capabilities.Files;
using Coffer.Fastly;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Guests.Fastly;

/// <summary>The answer of a program for Fastly, by the way that the answers of all guests take.</summary>
internal sealed class FastlyResponse(GuestCall call) : DownstreamResponse
{
    /// <summary>Why it could not be sent whole; null when it was, or nothing was tried.</summary>
    public string? AbortReason { get; private set; }

    public override ValueTask StartAsync(DownstreamResponseHead head, CancellationToken cancellationToken)
    {
        var response = call.Context.Response;
        response.StatusCode = head.StatusCode;
        foreach (var (name, value) in head.Headers) response.Headers.Append(name, value);
        if (head.BodyLength is { } length && head.StatusCode is >= 200 and not (204 or 304)) response.ContentLength = length;
        call.Response.Start();
        return default;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var error = call.Response.TryWrite(bytes.Span, out var written);
            bytes = bytes[written..];
            if (error == Errno.Again) await WhenWritable(cancellationToken).ConfigureAwait(false);
            else if (error != Errno.Success) throw new IOException(error == Errno.FileTooBig ? "the answer is longer than it may be" : "the client has gone");
        }
    }

    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await WhenWritable(cancellationToken).ConfigureAwait(false);
        call.Response.Send();
    }

    public override ValueTask CompleteAsync(IReadOnlyList<KeyValuePair<string, string>> trailers, CancellationToken cancellationToken)
    {
        if (trailers.Count == 0 || call.Context.Features.Get<IHttpResponseTrailersFeature>() is not { } feature) return default;
        foreach (var (name, value) in trailers) feature.Trailers.Append(name, value);
        return default;
    }

    public override void Abort(string reason) => AbortReason = reason;

    // Whether it can be written to is found out by writing; a client that has gone is nothing to wait for.
    private async Task WhenWritable(CancellationToken cancellationToken)
    {
        try
        {
            await call.Response.WhenWritable().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            throw new IOException("the client has gone", exception);
        }
    }
}
