using System.Buffers;
using System.Globalization;
using System.Net;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Calls;

/// <summary>Sends the calls of filters by HTTP and gRPC, to the addresses that upstreams have.</summary>
public sealed class HttpUpstreamCaller : UpstreamCaller, IDisposable
{
    private const int MaximumBody = 16 << 20;
    private readonly Func<string, Uri?> addressOf;
    private readonly HttpMessageInvoker invoker;
    private readonly bool sendsTrailers;

    /// <summary>A caller.</summary>
    /// <param name="addressOf">The address of an upstream, asked for every call; null for one that is not known.</param>
    /// <param name="handler">What sends, which sends no trailers; null for a new one, without redirections, cookies and proxies.</param>
    public HttpUpstreamCaller(Func<string, Uri?> addressOf, HttpMessageHandler? handler = null)
    {
        this.addressOf = addressOf;
        sendsTrailers = handler is null;
        invoker = new HttpMessageInvoker(handler ?? RequestTrailers.Enable(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null,
        }));
    }

    /// <inheritdoc/>
    public override bool Knows(string upstream) => addressOf(upstream) is not null;

    /// <inheritdoc/>
    public override async Task<CallResponse> SendAsync(CallRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var message = MessageOf(request);
        using var response = await invoker.SendAsync(message, cancellation).ConfigureAwait(false);
        var headers = new HeaderList();
        headers.TryAdd(":status", ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        UpstreamHeaders.Copy(response.Headers, headers);
        UpstreamHeaders.Copy(response.Content.Headers, headers);
        var body = await ReadAsync(response.Content, cancellation).ConfigureAwait(false);
        var trailers = new HeaderList();
        UpstreamHeaders.Copy(response.TrailingHeaders, trailers);
        return new CallResponse(headers, body, trailers);
    }

    /// <inheritdoc/>
    public override GrpcCall OpenGrpc(GrpcRequest request, GrpcEvents events, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(events);
        var address = addressOf(request.Upstream) ?? throw new HttpRequestException($"There is no upstream \"{request.Upstream}\".");
        return new HttpGrpcCall(invoker, new Uri(address, $"/{request.Service}/{request.Method}"), request.Metadata, events, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => invoker.Dispose();

    private HttpRequestMessage MessageOf(CallRequest request)
    {
        var address = addressOf(request.Upstream) ?? throw new HttpRequestException($"There is no upstream \"{request.Upstream}\".");
        var path = request.Header(":path")!;
        // The address decides where it goes, whatever the filter writes: a path that is a URL would be another host.
        if (!path.StartsWith('/') || !Uri.TryCreate($"{address.GetLeftPart(UriPartial.Authority)}{path}", UriKind.Absolute, out var url) || url.Authority != address.Authority)
        {
            throw new HttpRequestException($"\"{path}\" is no path.");
        }

        var message = new HttpRequestMessage(new HttpMethod(request.Header(":method")!), url);
        if (request.Body.Length > 0 || request.Header("content-type") is not null) message.Content = new ReadOnlyMemoryContent(request.Body);
        UpstreamHeaders.CopyTo(request.Headers, message);
        if (request.Header(":authority") is { Length: > 0 } authority) message.Headers.Host = authority;
        if (request.Trailers.Count > 0) AddTrailers(message, request.Trailers);

        return message;
    }

    private void AddTrailers(HttpRequestMessage message, IReadOnlyList<KeyValuePair<string, string>> trailers)
    {
        // As headers they would mean something else.
        if (!sendsTrailers) throw new HttpRequestException("Requests with trailers cannot be sent by the handler of this application.");
        message.Content ??= new ReadOnlyMemoryContent(default);
        message.Headers.TransferEncodingChunked = true;
        message.Options.Set(RequestTrailers.Key, () => trailers);
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = new ArrayBufferWriter<byte>();
            while (true)
            {
                var count = await stream.ReadAsync(body.GetMemory(4096), cancellation).ConfigureAwait(false);
                if (count == 0) return body.WrittenSpan.ToArray();
                body.Advance(count);
                if (body.WrittenCount > MaximumBody) throw new HttpRequestException($"The response has more than {MaximumBody} bytes.");
            }
        }
    }
}
