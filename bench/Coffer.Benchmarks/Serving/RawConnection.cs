using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coffer.Benchmarks.Serving;

/// <summary>A connection that stays open, to a server whose responses say how long they are or come in chunks; it does as little as it can.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[16 << 10];

    public static async Task<RawConnection> OpenAsync(int port)
    {
        var connection = new RawConnection();
        await connection.socket.ConnectAsync(IPAddress.Loopback, port);
        return connection;
    }

    /// <summary>A request as bytes.</summary>
    public static byte[] Request(string method, string path, string body = "") => Encoding.ASCII.GetBytes(
        $"{method} {path} HTTP/1.1\r\nHost: benchmark.test\r\nUser-Agent: benchmark\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
        + (body.Length > 0 ? $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n" : "") + $"\r\n{body}");

    /// <summary>Sends a request and waits for the whole response, which is good until the next.</summary>
    /// <exception cref="IOException">The connection was closed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> AskAsync(byte[] request)
    {
        await socket.SendAsync(request);
        var count = 0;
        do
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(count));
            if (read == 0) throw new IOException("The connection was closed.");
            count += read;
        }
        while (!IsWhole(buffer.AsSpan(0, count)));
        return buffer.AsMemory(0, count);
    }

    public void Dispose() => socket.Dispose();

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
