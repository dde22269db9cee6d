using System.Diagnostics;
using System.Net;
using Coffer.Edge.Configuration;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Coffer.Edge.Routing;

/// <summary>Passes requests on to another server.</summary>
internal sealed class ProxyTarget(ProxyRouteConfiguration configuration, IHttpForwarder forwarder, HttpMessageInvoker client) : RouteTarget
{
    private readonly string destination = configuration.To.ToString();
    private readonly ForwarderRequestConfig options = new() { ActivityTimeout = configuration.Timeout };

    /// <summary>The client that all routes of a server share.</summary>
    public static HttpMessageInvoker CreateClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = TimeSpan.FromSeconds(15),
    });

    public override async Task ServeAsync(HttpContext context, RouteMatch match)
    {
        var stripped = configuration.StripsPrefix ? match : null;
        await forwarder.SendAsync(context, destination, client, options, new Transformer(stripped)).ConfigureAwait(false);
    }

    private sealed class Transformer(RouteMatch? stripped) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            // What the client asked for goes to the other server, and who it is.
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
            proxyRequest.Headers.Remove("X-Forwarded-For");
            proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
            proxyRequest.Headers.Remove("X-Forwarded-Proto");
            proxyRequest.Headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
            proxyRequest.RequestUri = stripped is null
                ? RawPath.UrlOf(httpContext.Request, destinationPrefix) ?? RequestUtilities.MakeDestinationAddress(destinationPrefix, httpContext.Request.Path, httpContext.Request.QueryString)
                : RequestUtilities.MakeDestinationAddress(destinationPrefix, stripped.Rest.Length == 0 ? "/" : stripped.Rest, httpContext.Request.QueryString);
        }
    }
}
