using System.Buffers;
using System.IO.Pipelines;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The body of a response as it was written; its trailers are known when it has ended.</summary>
internal sealed class PipeBodySource(PipeReader reader, HttpContext context, HttpExchange exchange)
{
    private SequencePosition? consumed;

    public async ValueTask<BodyPiece> ReadAsync(CancellationToken cancellation)
    {
        if (consumed is { } position) reader.AdvanceTo(position);
        consumed = null;
        var result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
        consumed = result.Buffer.End;
        var data = result.Buffer.IsSingleSegment ? result.Buffer.First : result.Buffer.ToArray();
        if (!result.IsCompleted) return new BodyPiece(data, IsLast: false);
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        // Filters may add trailers when they are shown the end.
        if (trailers is not null) exchange.ResponseTrailers = new HttpHeaderMap(trailers);
        var hasTrailers = trailers is { Count: > 0 };
        if (!hasTrailers || data.Length == 0) return new BodyPiece(data, IsLast: !hasTrailers, hasTrailers);
        // Data and trailers are two callbacks.
        return new BodyPiece(data, IsLast: false);
    }
}
