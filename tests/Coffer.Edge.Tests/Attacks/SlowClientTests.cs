using System.Net;

namespace Coffer.Edge.Tests.Attacks;

/// <summary>Clients that take their time, that leave, and that are many.</summary>
public sealed class SlowClientTests
{
    private const int Many = 300;

    [Theory]
    [InlineData("")]
    [InlineData("GET /good HT")]
    [InlineData("GET /good HTTP/1.1\r\nHost: a\r\nX-")]
    public async Task Slowloris_Headers_HoldsNoGuest(string start)
    {
        await using var edge = await AttackedEdge.StartAsync(more: ", \"limits\": { \"concurrency\": 8 }");
        var clients = await ConnectAsync(edge, start);
        for (var i = 0; i < 3; i++)
        {
            if (start.Length > 0) await Task.WhenAll(clients.Select(client => client.SendAsync("a")));
            Assert.Equal(0, edge.Server.Runtime.Admission.Running);
            await AttackedEdge.MustBeWellAsync(edge);
        }

        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Slowloris_ShortBodies_HoldNoGuest()
    {
        await using var edge = await AttackedEdge.StartAsync(more: ", \"limits\": { \"concurrency\": 8 }");
        var clients = await ConnectAsync(edge, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
        for (var i = 0; i < 3; i++)
        {
            await Task.WhenAll(clients.Select(client => client.SendAsync("a")));
            Assert.Equal(0, edge.Server.Runtime.Admission.Running);
            await AttackedEdge.MustBeWellAsync(edge);
        }

        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Slowloris_LongBodies_KeepNoOtherAppFromItsTurn()
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"20s\", \"concurrency\": 16");
        var clients = await ConnectAsync(edge, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 16, "no guest waits for its body");
        for (var i = 0; i < 10; i++) await AttackedEdge.MustBeWellAsync(edge);
        foreach (var client in clients) client.Reset();
        await AttackedEdge.MustBeQuietAsync(edge);
        // And the app itself recovers.
        using var response = await edge.Client.PostAsync("/echo", new StringContent("x"));
        Assert.Equal("x", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Body_ThatTrickles_IsGivenUp()
    {
        await using var edge = await AttackedEdge.StartAsync();
        using var client = await RawClient.ConnectAsync(edge.Address);
        await client.SendAsync("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\na");
        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    [Theory]
    [InlineData("connected", "")]
    [InlineData("in the headers", "GET /loop HTTP/1.1\r\nHos")]
    [InlineData("in a short body", "POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")]
    [InlineData("in a long body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")]
    [InlineData("in chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    [InlineData("while the guest runs", "GET /loop HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("while the guest writes", "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("with more requests behind", "GET /loop HTTP/1.1\r\nHost: a\r\n\r\nGET /loop HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Client_Leaves_NothingGoesOn(string phase, string sent)
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"5m\", \"cpu\": \"5m\"");
        foreach (var isReset in (bool[])[true, false])
        {
            var clients = await ConnectAsync(edge, sent, 10);
            await Task.Delay(100);
            foreach (var client in clients)
            {
                if (isReset) client.Reset();
                else client.Dispose();
            }

            await AttackedEdge.MustBeQuietAsync(edge);
        }

        await AttackedEdge.MustBeWellAsync(edge);
        Assert.True(edge.Log.Lines.Count < 60, $"{phase}: {string.Join('\n', edge.Log.Lines)}");
    }

    [Fact]
    public async Task Client_LeavesTheQueue_ItsPlaceIsFree()
    {
        await using var edge = await AttackedEdge.StartAsync(limits: "\"time\": \"5m\", \"cpu\": \"5m\", \"concurrency\": 1, \"queue\": 20, \"queueTime\": \"5m\"");
        var clients = await ConnectAsync(edge, "GET /loop HTTP/1.1\r\nHost: a\r\n\r\n", 10);
        await Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 1 && edge.Server.Runtime.Admission.HasWaiting, "nobody waits");
        foreach (var client in clients) client.Reset();
        await AttackedEdge.MustBeQuietAsync(edge);
        await Until.TrueAsync(() => !edge.Server.Runtime.Admission.HasWaiting, "somebody waits who has left");
    }

    [Fact]
    public async Task Requests_TinyAndMany_AreAllAnswered() => await AskManyAsync(20_000);

    /// <summary>The whole number, which takes minutes: run by name.</summary>
    [Fact(Explicit = true)]
    public async Task Requests_AMillion_AreAllAnswered() => await AskManyAsync(1_000_000);

    private static async Task AskManyAsync(int count)
    {
        const int Connections = 16, AtOnce = 50;
        await using var edge = await AttackedEdge.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            using var client = await RawClient.ConnectAsync(edge.Address);
            var requests = string.Concat(Enumerable.Repeat("GET /good HTTP/1.1\r\nHost: a\r\n\r\n", AtOnce));
            var buffer = new byte[64 << 10];
            for (var i = 0; i < count / Connections / AtOnce; i++)
            {
                await client.SendAsync(requests);
                for (var answered = 0; answered < AtOnce;)
                {
                    var length = await client.Stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                    Assert.True(length > 0);
                    // Each answer has one H, at its beginning.
                    answered += buffer.AsSpan(0, length).Count((byte)'H');
                }
            }
        }));
        Assert.Equal(count / Connections / AtOnce * AtOnce * Connections, edge.Server.Apps.All.Single(app => app.Name == "good").Statistics.Requests);
        await AttackedEdge.MustBeQuietAsync(edge);
    }

    private static async Task<List<RawClient>> ConnectAsync(TestEdge edge, string start, int count = Many)
    {
        var clients = new List<RawClient>();
        for (var i = 0; i < count; i++)
        {
            var client = await RawClient.ConnectAsync(edge.Address);
            await client.SendAsync(start);
            clients.Add(client);
        }

        return clients;
    }
}
