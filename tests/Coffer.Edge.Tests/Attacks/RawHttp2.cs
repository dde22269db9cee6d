using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Coffer.Edge.Tests.Attacks;

/// <summary>A connection of HTTP/2 that sends the frames it likes (RFC 9113).</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte EndStream = 1, EndHeaders = 4;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private readonly RawClient client;
    private readonly List<byte> unsent = [];

    private RawHttp2(RawClient client) => this.client = client;

    /// <summary>Connects, with settings: pairs of a number and a value.</summary>
    public static async Task<RawHttp2> ConnectAsync(IPEndPoint address, params (ushort Id, uint Value)[] settings)
    {
        var connection = new RawHttp2(await RawClient.ConnectAsync(address));
        connection.unsent.AddRange(Preface);
        var payload = new byte[settings.Length * 6];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        connection.Add(Settings, 0, 0, payload);
        await connection.FlushAsync();
        return connection;
    }

    /// <summary>The bytes of a request's headers, in HPACK (RFC 7541) without any index of its own.</summary>
    public static byte[] Request(string path, params (string Name, string Value)[] more)
    {
        var bytes = new List<byte> { 0x82, 0x86, 0x01 };
        AddText(bytes, "a");
        bytes.Add(0x04);
        AddText(bytes, path);
        foreach (var (name, value) in more)
        {
            bytes.Add(0);
            AddText(bytes, name);
            AddText(bytes, value);
        }

        return [.. bytes];
    }

    /// <summary>Adds a frame to what is sent next.</summary>
    public void Add(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        unsent.AddRange(head);
        unsent.AddRange(payload);
    }

    /// <summary>Sends what was added; false when the server has closed the connection.</summary>
    public async Task<bool> FlushAsync()
    {
        var bytes = unsent.ToArray();
        unsent.Clear();
        try
        {
            await client.Stream.WriteAsync(bytes).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            return true;
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The frames until the server closes the connection, or until one is what is looked for.</summary>
    public async Task<List<(byte Type, byte Flags, int Stream, byte[] Payload)>> ReadAsync(Func<byte, int, bool>? until = null)
    {
        var frames = new List<(byte, byte, int, byte[])>();
        var head = new byte[9];
        try
        {
            while (true)
            {
                await client.Stream.ReadExactlyAsync(head).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
                await client.Stream.ReadExactlyAsync(payload).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                var stream = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
                frames.Add((head[3], head[4], stream, payload));
                if (until?.Invoke(head[3], stream) == true) return frames;
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The server has ended the connection.
            return frames;
        }
    }

    public void Dispose() => client.Dispose();

    private static void AddText(List<byte> bytes, string text)
    {
        // The length has a prefix of seven bits.
        var length = text.Length;
        if (length < 127)
        {
            bytes.Add((byte)length);
        }
        else
        {
            bytes.Add(127);
            for (length -= 127; length >= 128; length >>= 7) bytes.Add((byte)(0x80 | (length & 0x7f)));
            bytes.Add((byte)length);
        }

        bytes.AddRange(Encoding.Latin1.GetBytes(text));
    }
}
