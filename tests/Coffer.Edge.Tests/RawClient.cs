using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coffer.Edge.Tests;

/// <summary>A connection that sends what it likes.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TcpClient client = new() { NoDelay = true };

    private RawClient()
    {
    }

    public NetworkStream Stream => client.GetStream();

    public static async Task<RawClient> ConnectAsync(IPEndPoint address, int receiveBuffer = 0)
    {
        var raw = new RawClient();
        if (receiveBuffer > 0) raw.client.ReceiveBufferSize = receiveBuffer;
        await raw.client.ConnectAsync(address);
        return raw;
    }

    /// <summary>Sends a text, and gives all that is answered until the server closes the connection.</summary>
    public static async Task<string> AskAsync(IPEndPoint address, string text)
    {
        using var client = await ConnectAsync(address);
        await client.SendAsync(text);
        return await client.ReadToEndAsync();
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends; that the server has closed the connection is no error.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        try
        {
            await Stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
        }
    }

    /// <summary>All that comes until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var got = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(got).WaitAsync(Patience);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
        }

        return Encoding.Latin1.GetString(got.ToArray());
    }

    /// <summary>All that comes until a text has come.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var got = new StringBuilder();
        var buffer = new byte[4096];
        while (!got.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await Stream.ReadAsync(buffer).AsTask().WaitAsync(Patience);
            Assert.True(count > 0, $"the server closed the connection after: {got}");
            got.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return got.ToString();
    }

    /// <summary>Ends the connection at once, with what is on its way.</summary>
    public void Reset()
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    public void Dispose() => client.Dispose();
}
