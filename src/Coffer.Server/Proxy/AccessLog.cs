using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Coffer.Edge.Ambient;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace Coffer.Server.Proxy;

/// <summary>
/// A line of JSON for every request, written behind it: when the disk is too slow lines are dropped and counted, not requests
/// held up.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    private readonly Channel<byte[]> lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(65536) { SingleReader = true });
    private readonly ServerFiles files;
    private readonly Stream output;
    private readonly Task writing;
    private volatile string? target;
    private long dropped;

    public AccessLog(ServerFiles files, Stream output)
    {
        this.files = files;
        this.output = output;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Writes to a file from now on; <c>-</c> for standard output, null for nowhere.</summary>
    public void Use(string? file) => target = file;

    /// <summary>Passes a request on and notes what became of it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (target is null)
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
            if (!lines.Writer.TryWrite(Line(context, method, path, Stopwatch.GetElapsedTime(started)))) Interlocked.Increment(ref dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lines.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private byte[] Line(HttpContext context, string method, string path, TimeSpan duration)
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
            if (Interlocked.Exchange(ref dropped, 0) is > 0 and var lost) json.WriteNumber("droppedBefore", lost);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private async Task WriteAsync()
    {
        Stream? stream = null;
        string? opened = null;
        await foreach (var line in lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (opened != target)
                {
                    if (stream is not null && stream != output) await stream.DisposeAsync().ConfigureAwait(false);
                    (opened, stream) = (target, null);
                    stream = opened is null ? null : opened == "-" ? output : files.Append(opened);
                }

                if (stream is null) continue;
                await stream.WriteAsync(line).ConfigureAwait(false);
                if (lines.Reader.Count == 0) await stream.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref dropped);
                opened = null;
                stream = null;
            }
        }

        if (stream is not null && stream != output) await stream.DisposeAsync().ConfigureAwait(false);
    }
}
