using System.IO.Compression;
using System.Net;
using System.Text;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Backends;

/// <summary>The answer of a backend, whose body is still coming.</summary>
internal sealed record BackendResponse(ResponseHead Head, Body Body) : IDisposable
{
    private const string ContentEncoding = "content-encoding", ContentLength = "content-length";

    public static async Task<BackendResponse> OfAsync(
        HttpResponseMessage response, Backend backend, RequestHead request, FastlyLimits limits, BufferedBytes budget, CancellationToken cancellation)
    {
        var head = new ResponseHead(limits.HeaderBytes)
        {
            Status = (int)response.StatusCode,
            Version = response.Version == HttpVersion.Version20 ? GuestHttpVersion.Http2 : response.Version == HttpVersion.Version10 ? GuestHttpVersion.Http10 : GuestHttpVersion.Http11,
        };
        Add(head.Headers, response.Headers);
        Add(head.Headers, response.Content.Headers);
        // Framing is the client's business, and was taken off.
        head.Headers.Remove("transfer-encoding");
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var length = response.Content.Headers.ContentLength;
        var hasNoBody = request.Method == "HEAD" || head.Status is 204 or 304;
        if (request.DecompressesGzip && !hasNoBody && head.Headers.FindText(ContentEncoding) is "gzip" or "x-gzip")
        {
            stream = new GZipStream(stream, CompressionMode.Decompress);
            length = null;
            head.Headers.Remove(ContentEncoding);
            head.Headers.Remove(ContentLength);
        }

        var source = new BodySource(stream, hasNoBody ? 0 : length)
        {
            Owner = response,
            IdleTimeout = backend.BetweenBytesTimeout,
            MaximumBytes = limits.BackendBodyBytes,
            Trailers = () => TrailersOf(response),
        };
        return new BackendResponse(head, Body.Of(budget, source));
    }

    /// <inheritdoc/>
    public void Dispose() => Body.Dispose();

    private static void Add(HeaderList target, System.Net.Http.Headers.HttpHeaders source)
    {
        foreach (var (name, values) in source.NonValidated)
        {
            foreach (var value in values)
            {
                // A character a byte is how the client was told to read them.
                var bytes = Encoding.Latin1.GetBytes(value);
                if (HeaderText.IsValue(bytes)) target.Append(name.ToLowerInvariant(), bytes);
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, byte[]>> TrailersOf(HttpResponseMessage response)
    {
        foreach (var (name, values) in response.TrailingHeaders.NonValidated)
        {
            foreach (var value in values) yield return new(name.ToLowerInvariant(), Encoding.Latin1.GetBytes(value));
        }
    }
}
