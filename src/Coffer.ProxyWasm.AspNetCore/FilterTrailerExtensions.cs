using Coffer.ProxyWasm.Calls;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Sends the trailers of requests on, which YARP leaves out.</summary>
public static class FilterTrailerExtensions
{
    /// <summary>
    /// Lets trailers of requests go on to destinations over HTTP/1.1, as filters have left them; over HTTP/2 they are left out, see
    /// <see cref="RequestTrailers"/>.
    /// </summary>
    public static IReverseProxyBuilder AddRequestTrailers(this IReverseProxyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IForwarderHttpClientFactory, TrailerClientFactory>();
        return builder.AddTransforms(transforms => transforms.AddRequestTransform(static transform =>
        {
            var context = transform.HttpContext;
            // What says how long its body is has no trailers in HTTP/1.1.
            if (context.Request.ContentLength is null) transform.ProxyRequest.Options.Set(RequestTrailers.Key, () => TrailersOf(context));
            return default;
        }));
    }

    private static IReadOnlyList<KeyValuePair<string, string>> TrailersOf(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestTrailersFeature>() is not { Available: true, Trailers: { Count: > 0 } trailers }) return [];
        return [.. trailers.SelectMany(pair => pair.Value.Select(value => new KeyValuePair<string, string>(pair.Key, value ?? "")))];
    }

    private sealed class TrailerClientFactory : ForwarderHttpClientFactory
    {
        protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
        {
            var wrapped = base.WrapHandler(context, handler);
            return handler is SocketsHttpHandler sockets ? RequestTrailers.Enable(sockets, wrapped) : wrapped;
        }
    }
}
