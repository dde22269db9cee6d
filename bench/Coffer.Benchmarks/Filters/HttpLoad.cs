using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coffer.Benchmarks.Filters;

/// <summary>
/// Requests over connections that stay open, as many at a time as there are connections, by a client that does as little as
/// it can: every response has the same length.
/// </summary>
internal static class HttpLoad
{
    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        "GET /path?q=1 HTTP/1.1\r\nHost: benchmark.test\r\nUser-Agent: benchmark\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n");

    /// <summary>Sends for so long; how many were answered, and how many with something else than success.</summary>
    public static async Task<(long Answered, long Failed)> RunAsync(int port, int connections, TimeSpan time)
    {
        var end = Environment.TickCount64 + (long)time.TotalMilliseconds;
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunAsync(port, end))));
        return (counts.Sum(count => count.Answered), counts.Sum(count => count.Failed));
    }

    private static async Task<(long Answered, long Failed)> RunAsync(int port, long end)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[16 << 10];
        var (answered, failed) = (0L, 0L);
        while (Environment.TickCount64 < end)
        {
            await socket.SendAsync(Request);
            var count = 0;
            do
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(count));
                if (read == 0) throw new IOException("The connection was closed.");
                count += read;
            }
            while (!IsWhole(buffer.AsSpan(0, count)));
            answered++;
            if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8)) failed++;
        }

        return (answered, failed);
    }

    private static bool IsWhole(ReadOnlySpan<byte> response)
    {
        var head = response.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var body = response[(head + 4)..];
        var field = response.IndexOf("Content-Length: "u8);
        if (field < 0 || field > head) return body.EndsWith("0\r\n\r\n"u8);
        var length = 0;
        for (var i = field + 16; response[i] is >= (byte)'0' and <= (byte)'9'; i++) length = 10 * length + response[i] - '0';
        return body.Length >= length;
    }
}
