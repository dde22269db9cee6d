using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Coffer.Edge.Guests;
using Coffer.Edge.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Telemetry;

/// <summary>A line of JSON for every request, written behind it.</summary>
internal sealed class RequestLog(LineLog lines, TimeProvider time)
{
    /// <summary>Passes a request on and notes what became of it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
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

    private ReadOnlySpan<byte> Line(HttpContext context, string method, string path, TimeSpan duration)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("client", context.Connection.RemoteIpAddress?.ToString());
            json.WriteString("method", method);
            json.WriteString("host", context.Request.Host.Value);
            json.WriteString("path", path);
            json.WriteString("protocol", context.Request.Protocol);
            json.WriteNumber("status", context.Response.StatusCode);
            json.WriteNumber("durationMs", Math.Round(duration.TotalMilliseconds, 3));
            if (context.Features.Get<ServedCall>() is { } served) Write(json, served.Call);
            if (context.Request.Headers.UserAgent is { Count: > 0 } agent) json.WriteString("userAgent", agent.ToString());
            if (lines.TakeDropped() is > 0 and var lost) json.WriteNumber("droppedBefore", lost);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter json, GuestCall call)
    {
        json.WriteString("app", call.App.Name);
        json.WriteString("version", call.Version.Id);
        json.WriteString("route", call.Route.Pattern);
        json.WriteString("request", call.RequestId);
        json.WriteNumber("queueMs", Math.Round(call.Queued.TotalMilliseconds, 3));
        json.WriteNumber("guestMs", Math.Round(call.Elapsed.TotalMilliseconds, 3));
        json.WriteNumber("cpuMs", Math.Round(call.ProcessorTime.TotalMilliseconds, 3));
        json.WriteNumber("memory", call.MemoryBytes);
        json.WriteNumber("bytes", call.Response.Bytes);
        if (call.IsCold) json.WriteBoolean("cold", true);
        if (call.Fault != FaultKind.None) json.WriteString("fault", FaultKinds.WordOf(call.Fault));
    }
}

/// <summary>The call by which a request was served, for what is logged afterwards.</summary>
internal sealed record ServedCall(GuestCall Call);
