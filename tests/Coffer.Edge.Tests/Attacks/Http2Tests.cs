using System.Net;

namespace Coffer.Edge.Tests.Attacks;

/// <summary>What HTTP/2 lets clients do.</summary>
public sealed class Http2Tests
{
    private static readonly (ushort, uint)[] NoSettings = [];

    [Fact]
    public async Task Streams_ResetAtOnce_EndTheirGuestsAndThenTheConnection()
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        var isOpen = true;
        for (var i = 0; i < 5000 && isOpen; i++)
        {
            var stream = (i * 2) + 1;
            connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, stream, RawHttp2.Request("/loop"));
            connection.Add(RawHttp2.Reset, 0, stream, [0, 0, 0, 8]);
            if (i % 50 == 49) isOpen = await connection.FlushAsync();
        }

        // Either the client was sent away, or all that it asked for was ended: nothing goes on.
        await AttackedEdge.MustBeWellAsync(edge);
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    [Fact]
    public async Task Streams_BeyondTheirNumber_AreRefused()
    {
        await using var edge = await AttackedEdge.StartAsync("http2", "\"time\": \"3s\", \"concurrency\": 500");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        for (var i = 0; i < 300; i++) connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders, (i * 2) + 1, RawHttp2.Request("/echo"));
        await connection.FlushAsync();
        await AttackedEdge.MustBeWellAsync(edge);
        Assert.True(edge.Server.Runtime.Admission.Running <= 110, $"{edge.Server.Runtime.Admission.Running} guests of one connection");
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    [Fact]
    public async Task Continuation_WithoutEnd_EndsTheConnection()
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        connection.Add(RawHttp2.Headers, RawHttp2.EndStream, 1, RawHttp2.Request("/good"));
        var isOpen = true;
        for (var i = 0; i < 2000 && isOpen; i++)
        {
            connection.Add(RawHttp2.Continuation, 0, 1, RawHttp2.Request("/good", ("x-a", new string('a', 1000))).AsSpan(10));
            isOpen = await connection.FlushAsync();
        }

        // Whether all of it could be sent is a matter of buffers; that the server ends the connection, and answers nothing, is not.
        var frames = await connection.ReadAsync();
        Assert.DoesNotContain(frames, frame => frame.Type == RawHttp2.Data);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Continuation_OfNothing_EndsOrIsBounded()
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        connection.Add(RawHttp2.Headers, RawHttp2.EndStream, 1, RawHttp2.Request("/good"));
        for (var i = 0; i < 50_000; i++) connection.Add(RawHttp2.Continuation, 0, 1, []);
        await connection.FlushAsync();
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Headers_ThatGrowWhenTheyAreRead_AreRefused()
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address);
        // One entry of the table, with a long value, named again and again by one byte (an HPACK bomb).
        var block = new List<byte>(RawHttp2.Request("/good"));
        block.AddRange([0x40, 1, (byte)'x', 127, 0x81, 0x1e]);
        block.AddRange(Enumerable.Repeat((byte)'a', 127 + 1 + (0x1e << 7)));
        block.AddRange(Enumerable.Repeat((byte)0xbe, 12_000));
        connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, block.ToArray());
        await connection.FlushAsync();
        var frames = await connection.ReadAsync((type, stream) => type == RawHttp2.GoAway || type == RawHttp2.Reset || stream == 1);
        Assert.DoesNotContain(frames, frame => frame.Type == RawHttp2.Data);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Window_OfNothing_GuestWaitsAndIsEndedByTime()
    {
        await using var edge = await AttackedEdge.StartAsync("http2", "\"time\": \"1s\"");
        // SETTINGS_INITIAL_WINDOW_SIZE
        using var connection = await RawHttp2.ConnectAsync(edge.Address, (4, 0));
        for (var i = 0; i < 30; i++) connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, (i * 2) + 1, RawHttp2.Request("/flood"));
        await connection.FlushAsync();
        await AttackedEdge.MustBeWellAsync(edge);
        await edge.Log.WaitForAsync("limits.time", 30);
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "connection-specific header", RawHttp2.Request("/private", ("connection", "close")) },
        { "transfer-encoding", RawHttp2.Request("/private", ("transfer-encoding", "chunked")) },
        { "name in capitals", RawHttp2.Request("/private", ("X-A", "b")) },
        { "pseudo-header at the end", RawHttp2.Request("/private", ("x-a", "b"), (":path", "/good")) },
        { "path twice", RawHttp2.Request("/private", (":path", "/good")) },
        { "unknown pseudo-header", RawHttp2.Request("/private", (":x", "/good")) },
        { "line end in a value", RawHttp2.Request("/private", ("x-a", "b\r\nx-b: c")) },
        { "line end in the path", RawHttp2.Request("/private HTTP/1.1\r\nx: y") },
        { "no path", RawHttp2.Request("") },
        { "another host", RawHttp2.Request("/private", ("host", "inside.example")) },
        { "lengths that differ", RawHttp2.Request("/private", ("content-length", "1"), ("content-length", "2")) },
        { "length without a body", RawHttp2.Request("/private", ("content-length", "5")) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Request_Malformed_IsRefused(string name, byte[] headers)
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var connection = await RawHttp2.ConnectAsync(edge.Address, NoSettings);
        connection.Add(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, headers);
        await connection.FlushAsync();
        var frames = await connection.ReadAsync((type, stream) => type is RawHttp2.GoAway or RawHttp2.Reset || type == RawHttp2.Data && stream == 1 || type == RawHttp2.Headers && stream == 1);
        Assert.DoesNotContain(frames, frame => System.Text.Encoding.Latin1.GetString(frame.Payload).Contains("private", StringComparison.Ordinal));
        Assert.True(frames.Any(frame => frame.Type is RawHttp2.GoAway or RawHttp2.Reset or RawHttp2.Headers), name);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Client_LikeAnyOther_IsServed()
    {
        await using var edge = await AttackedEdge.StartAsync("http2");
        using var client = new HttpClient { BaseAddress = new Uri($"http://{edge.Address}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal("good", await client.GetStringAsync("/good"));
        var bodies = await Task.WhenAll(Enumerable.Range(0, 100).Select(async index =>
        {
            using var response = await client.PostAsync("/echo", new StringContent($"{index}"));
            return await response.Content.ReadAsStringAsync();
        }));
        Assert.Equal(Enumerable.Range(0, 100).Select(index => $"{index}"), bodies);
    }
}
