using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Filters;

/// <summary>Envoy's rate limit service, as far as a filter needs it: allows so many and refuses the rest.</summary>
internal sealed class RateLimiter(int allowed)
{
    private int asked;

    public int Asked => asked;

    public ConcurrentQueue<string> Domains { get; } = new();

    public async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Domains.Enqueue(Domain(body.ToArray().AsSpan(5)));
        var isAllowed = Interlocked.Increment(ref asked) <= allowed;
        // Field 1, a number: OK is 1, OVER_LIMIT is 2.
        byte[] message = [0x08, isAllowed ? (byte)1 : (byte)2];
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(5));
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(framed);
    }

    // Field 1, a text.
    private static string Domain(ReadOnlySpan<byte> message) =>
        message is [0x0A, var length, .. var rest] ? System.Text.Encoding.UTF8.GetString(rest[..length]) : "";
}
