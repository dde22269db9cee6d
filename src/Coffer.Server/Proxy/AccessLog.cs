using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Coffer.Edge.Ambient;
using Coffer.Edge.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace Coffer.Server.Proxy;

/// <summary>
/// A line of JSON for every request, written behind it.
/// </summary>
internal sealed class AccessLog(ServerFiles files, Stream output) : IAsyncDisposable
{
    private readonly LineLog lines = new(files, output);

    /// <summary>Writes to a file from now on; <c>-</c> for standard output, null for nowhere.</summary>
    public void Use(string? file) => lines.Use(file);

    /// <summary>Passes a request on and notes what became of it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!lines.IsWanted)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var started = Stopwatch.GetTimestamp();
        var (method, path) = (context.Request.Method, context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? context.Request.Path);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            lines.Add(Line(context, method, path, Stopwatch.GetElapsedTime(started)));
        }
    }

    public ValueTask DisposeAsync() => lines.DisposeAsync();

    private ReadOnlySpan<byte> Line(HttpContext context, string method, string path, TimeSpan duration)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            var proxied = context.Features.Get<IReverseProxyFeature>();
            json.WriteStartObject();
            json.WriteString("time", TimeProvider.System.GetUtcNow());
            json.WriteString("listener", ListenerFeature.Of(context).Name);
            json.WriteString("client", context.Connection.RemoteIpAddress?.ToString());
            json.WriteString("method", method);
            json.WriteString("host", context.Request.Host.Value);
            json.WriteString("path", path);
            json.WriteString("protocol", context.Request.Protocol);
            json.WriteNumber("status", context.Response.StatusCode);
            json.WriteNumber("durationMs", Math.Round(duration.TotalMilliseconds, 3));
            if (context.Response.ContentLength is { } length) json.WriteNumber("bytes", length);
            if (proxied is not null)
            {
                json.WriteString("route", proxied.Route.Config.RouteId);
                json.WriteString("cluster", proxied.Cluster.Config.ClusterId);
                if (proxied.ProxiedDestination is { } destination) json.WriteString("upstream", destination.Model.Config.Address);
            }

            if (context.Request.Headers.UserAgent is { Count: > 0 } agent) json.WriteString("userAgent", agent.ToString());
            if (lines.TakeDropped() is > 0 and var lost) json.WriteNumber("droppedBefore", lost);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}
