using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The body of a request as it comes from the client.</summary>
internal sealed class RequestBodySource(HttpContext context, HttpExchange exchange)
{
    private readonly byte[] buffer = new byte[16 << 10];
    private readonly Stream body = context.Request.Body;
    private readonly long? length = context.Request.ContentLength;
    private long total;

    /// <summary>Whether a request can have a body at all.</summary>
    public static bool CanHaveBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength is not (null or 0);

    public async ValueTask<BodyPiece> ReadAsync(CancellationToken cancellation)
    {
        if (total == length) return new BodyPiece(default, IsLast: true);
        var count = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        total += count;
        // That nothing follows is known before the end only when the length was said.
        if (count > 0) return new BodyPiece(buffer.AsMemory(0, count), IsLast: total == length);
        if (!context.Request.CheckTrailersAvailable() || Trailers() is not { Count: > 0 } trailers) return new BodyPiece(default, IsLast: true);
        exchange.RequestTrailers = new HttpHeaderMap(trailers);
        return new BodyPiece(default, IsLast: false, HasTrailers: true);
    }

    private IHeaderDictionary? Trailers() => context.Features.Get<IHttpRequestTrailersFeature>()?.Trailers;
}
