using System.IO.Pipelines;
using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Apps;

/// <summary>A request that no client sent: the server's own, by which it tries an app before clients come to it.</summary>
internal static class OwnRequest
{
    /// <summary>A <c>GET</c> as a client on this machine would send it.</summary>
    /// <param name="route">By which route it comes.</param>
    /// <param name="path">What is asked for below that, with a query.</param>
    /// <param name="agent">Who asks.</param>
    /// <param name="answer">Where the body of the answer goes.</param>
    /// <param name="end">Cancelled to end it, and when it breaks off.</param>
    public static DefaultHttpContext Create(Route route, string path, string agent, Stream answer, CancellationTokenSource end)
    {
        var context = new DefaultHttpContext { RequestAborted = end.Token };
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        context.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime(end));
        context.Features.Set<IRequestBodyPipeFeature>(new EmptyBody());
        var request = context.Request;
        request.Protocol = HttpProtocol.Http11;
        request.Method = HttpMethods.Get;
        request.Scheme = "http";
        request.Host = new HostString(route.Host is { } host && !host.StartsWith('*') ? host : "localhost");
        var question = path.IndexOf('?', StringComparison.Ordinal);
        request.Path = PathString.FromUriComponent(route.Path + (question < 0 ? path : path[..question]));
        request.QueryString = question < 0 ? QueryString.Empty : new QueryString(path[question..]);
        request.Headers.UserAgent = agent;
        request.Headers.Accept = "*/*";
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = route.Path + path;
        context.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback;
        context.Connection.LocalIpAddress = System.Net.IPAddress.Loopback;
        return context;
    }

    private sealed class Lifetime(CancellationTokenSource end) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = end.Token;

        public void Abort() => end.Cancel();
    }

    private sealed class EmptyBody : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = PipeReader.Create(Stream.Null);
    }
}
