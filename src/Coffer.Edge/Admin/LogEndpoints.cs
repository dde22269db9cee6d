using System.Buffers;
using System.Text;
using Coffer.Edge.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>What is logged: the last lines as JSON, or, for who accepts <c>text/event-stream</c>, all that come.</summary>
internal static class LogEndpoints
{
    private const int LinesAtOnce = 100;

    // So that what is between notices that somebody is there still.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder api, AdminServices services, CancellationToken stopping)
    {
        api.MapGet("/logs", context => WriteAsync(services, context, null, stopping));
        api.MapGet("/apps/{app}/logs", context => WriteAsync(services, context, AppEndpoints.Find(services, context).Name, stopping));
    }

    private static async Task WriteAsync(AdminServices services, HttpContext context, string? app, CancellationToken stopping)
    {
        var tail = (int)(AdminJson.Number(context, "tail", 0, LogHub.KeptLines) ?? LinesAtOnce);
        if (!context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            await AdminJson.WriteAsync(context, services.Logs.Last(app, tail).Select(Describe)).ConfigureAwait(false);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        using var follower = services.Logs.Follow(app, tail);
        var last = 0L;
        foreach (var line in follower.Tail)
        {
            Write(context.Response.BodyWriter, line);
            last = line.Id;
        }

        await context.Response.BodyWriter.FlushAsync(end.Token).ConfigureAwait(false);
        try
        {
            while (true)
            {
                if (!await WaitAsync(follower, services.Time, end.Token).ConfigureAwait(false)) context.Response.BodyWriter.Write(": alive\n\n"u8);
                while (follower.Lines.TryRead(out var line))
                {
                    if (line.Id > last) Write(context.Response.BodyWriter, line);
                }

                if (follower.TakeDropped() is > 0 and var dropped)
                    context.Response.BodyWriter.Write(Encoding.UTF8.GetBytes($"event: dropped\ndata: {dropped}\n\n"));
                await context.Response.BodyWriter.FlushAsync(end.Token).ConfigureAwait(false);
                if (follower.Lines.Completion.IsCompleted) return;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The server stops; the client sees a stream that ends.
        }
    }

    private static async Task<bool> WaitAsync(LogFollower follower, TimeProvider time, CancellationToken cancellation)
    {
        using var pause = new CancellationTokenSource(Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, pause.Token);
        try
        {
            await follower.Lines.WaitToReadAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static void Write(IBufferWriter<byte> output, LogLine line)
    {
        output.Write(Encoding.UTF8.GetBytes($"id: {line.Id}\ndata: "));
        // JSON has no line breaks of its own, whatever the line has.
        output.Write(AdminJson.Line(Describe(line)));
        output.Write("\n\n"u8);
    }

    private static LineView Describe(LogLine line) => new(line.Id, line.Time, line.App, line.Level.ToString().ToLowerInvariant(), line.Text);

    private sealed record LineView(long Id, DateTimeOffset Time, string App, string Level, string Text);
}
