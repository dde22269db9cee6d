using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Coffer.Capabilities;
using Coffer.Fastly.Messages;
using Coffer.Plugins.Ambient;

namespace Coffer.Fastly.Backends;

/// <summary>
/// Sends requests to backends, over connections that the runs of one application share: what was granted to one application
/// never serves another. Thread-safe.
/// </summary>
internal sealed class BackendClient(CapabilitySet grants, FastlyServices services) : IDisposable
{
    private const int MaximumPools = 256, MaximumConnections = 256;

    // The URL as the backend has it; that of the message says http also where the connection is encrypted.
    private static readonly HttpRequestOptionsKey<Uri> LogicalUrl = new("coffer.url");

    private readonly ConcurrentDictionary<ConnectionKey, Pool> pools = new();
    private readonly CapabilityGate dynamicGate = new(grants, services.Audit, "1", services.App, services.Time);

    private sealed record Pool(CapabilityGate Gate, HttpMessageInvoker Invoker);

    public async Task<BackendResponse> SendAsync(
        Backend backend, RequestHead head, Body body, FastlyLimits limits, BufferedBytes budget, CancellationToken cancellation)
    {
        try
        {
            return await TrySendAsync(backend, head, body, limits, budget, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not SendException)
        {
            body.Dispose();
            throw SendException.Of(backend, failure);
        }
    }

    private async Task<BackendResponse> TrySendAsync(
        Backend backend, RequestHead head, Body body, FastlyLimits limits, BufferedBytes budget, CancellationToken cancellation)
    {
        var request = RequestFor(backend, head, body, out var url);
        var pool = PoolFor(backend, limits);
        GrantedHttp.Require(pool.Gate, request.Method.Method, url, null);
        var timeout = backend.FirstByteTimeout ?? limits.FirstByteTimeout;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(timeout);
        HttpResponseMessage response;
        try
        {
            response = await pool.Invoker.SendAsync(request, late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the answer did not begin within {timeout.TotalMilliseconds} ms (first_byte_timeout)");
        }

        try
        {
            return await BackendResponse.OfAsync(response, backend, head, limits, budget, cancellation).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static HttpRequestMessage RequestFor(Backend backend, RequestHead head, Body body, out Uri url)
    {
        var host = backend.OverrideHost ?? head.Headers.FindText("host") ?? GuestUri.AuthorityOf(head.Uri) ?? backend.Url.Authority;
        var path = GuestUri.PathOf(head.Uri);
        // The origin is the backend's, whatever the guest wrote: what it chooses is the path, and the host in the header.
        var target = backend.Url.GetLeftPart(UriPartial.Authority) + backend.Url.AbsolutePath.TrimEnd('/') + path;
        if (!Uri.TryCreate(target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = false }, out var logical) || logical.Authority != backend.Url.Authority)
        {
            throw new SendException(SendErrorKind.HttpRequestUriInvalid, Abi.FastlyStatus.HttpInvalid, $"\"{path}\" is no path that can be sent to backend \"{backend.Name}\"");
        }

        url = logical;
        var request = new HttpRequestMessage(new HttpMethod(head.Method), backend.IsGrpc ? logical : new Uri($"http{target[backend.Url.Scheme.Length..]}"))
        {
            Version = backend.IsGrpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Options.Set(LogicalUrl, logical);
        var headers = head.Headers.Clone();
        var length = Framing.Apply(headers, head.HasManualFraming) ?? body.KnownLength;
        headers.Remove("host");
        request.Headers.Host = host;
        if (length != 0 || head.Method is not ("GET" or "HEAD" or "DELETE" or "OPTIONS" or "TRACE" or "CONNECT")) request.Content = new BodyContent(body, length);
        foreach (var (name, value) in headers.ToText())
        {
            if (!backend.IsGrpc && BindsConnection(name, value)) request.Headers.ConnectionClose = true;
            if (!request.Headers.TryAddWithoutValidation(name, value)) (request.Content ??= new BodyContent(body, 0)).Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    // These are about the connection and not about the request: whoever got it next would be taken for the same user.
    private static bool BindsConnection(string name, string value) =>
        name.Equals("authorization", StringComparison.OrdinalIgnoreCase)
        && (value.TrimStart().StartsWith("NTLM", StringComparison.OrdinalIgnoreCase) || value.TrimStart().StartsWith("Negotiate", StringComparison.OrdinalIgnoreCase));

    private Pool PoolFor(Backend backend, FastlyLimits limits)
    {
        var key = backend.ConnectionKey;
        if (pools.TryGetValue(key, out var known)) return known;
        // Backends of guests come and go. What is dropped ends with the requests that use it.
        if (pools.Count >= MaximumPools && pools.Keys.FirstOrDefault(other => other.IsDynamic) is { } old) pools.TryRemove(old, out _);
        var gate = backend.IsDynamic ? dynamicGate : new CapabilityGate(backend.OwnGrants(), services.Audit, "1", services.App, services.Time);
        var pool = new Pool(gate, MakeInvoker(backend, gate, backend.ConnectTimeout ?? limits.ConnectTimeout, limits));
        var winner = pools.GetOrAdd(key, pool);
        if (winner != pool) pool.Invoker.Dispose();
        return winner;
    }

    private static HttpMessageInvoker MakeInvoker(Backend backend, CapabilityGate gate, TimeSpan timeout, FastlyLimits limits) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        Credentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = MaximumConnections,
        MaxResponseHeadersLength = Math.Max(1, limits.HeaderBytes >> 10),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        SslOptions = BackendConnector.OptionsFor(backend),
        ConnectCallback = (context, cancellation) => BackendConnector.ConnectAsync(
            backend, gate, context.InitialRequestMessage.Method.Method, UrlOf(context.InitialRequestMessage), timeout, cancellation),
    });

    private static Uri UrlOf(HttpRequestMessage request) => request.Options.TryGetValue(LogicalUrl, out var url) ? url : request.RequestUri!;

    public void Dispose()
    {
        foreach (var pool in pools.Values) pool.Invoker.Dispose();
    }
}
