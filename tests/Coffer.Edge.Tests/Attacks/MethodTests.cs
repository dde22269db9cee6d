namespace Coffer.Edge.Tests.Attacks;

/// <summary>Methods that mean something to servers between, or to those who believe headers.</summary>
public sealed class MethodTests
{
    [Theory]
    [InlineData("CONNECT inside.example:443 HTTP/1.1\r\nHost: inside.example:443\r\n")]
    [InlineData("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n")]
    public async Task Connect_IsRefused_AndNothingIsATunnel(string head)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, head + "Connection: close\r\n\r\nhello");
        Assert.Matches("^HTTP/1\\.1 (400|405|501) ", answer);
        Assert.DoesNotContain("inside\n", answer, StringComparison.Ordinal);
        await AttackedEdge.MustBeWellAsync(edge);
    }

    [Fact]
    public async Task Trace_IsNotAnsweredByTheServerWithWhatItGot()
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, "TRACE /good HTTP/1.1\r\nHost: a\r\nCookie: c=1\r\nConnection: close\r\n\r\n");
        Assert.DoesNotContain("c=1", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("message/http", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n")]
    public async Task Upgrade_IsNotDone(string headers)
    {
        await using var edge = await AttackedEdge.StartAsync();
        using var client = await RawClient.ConnectAsync(edge.Address);
        await client.SendAsync($"GET /good HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        var first = await client.ReadUntilAsync("good");
        Assert.StartsWith("HTTP/1.1 200", first, StringComparison.Ordinal);
        await client.SendAsync("GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("good", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("X-Method-Override: DELETE")]
    [InlineData("X-HTTP-Method: DELETE")]
    [InlineData("X-Original-URL: /private")]
    [InlineData("X-Rewrite-URL: /private")]
    [InlineData("X-Forwarded-Host: inside.example")]
    [InlineData("X-Forwarded-Prefix: /private")]
    [InlineData("Forwarded: host=inside.example;proto=https")]
    public async Task Headers_ThatWouldChangeTheRequest_ChangeNothing(string header)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{header}\r\n\r\n");
        Assert.Contains("REQUEST_METHOD=GET\n", answer, StringComparison.Ordinal);
        Assert.Contains("REQUEST_URI=/x\n", answer, StringComparison.Ordinal);
        Assert.Contains("SERVER_NAME=a\n", answer, StringComparison.Ordinal);
        Assert.Contains("X_FULL_URL=http://a/x\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTPS=on", answer, StringComparison.Ordinal);
    }

    // What the server says of a request has names that no header becomes.
    [Theory]
    [InlineData("Request-Method: x")]
    [InlineData("Remote-User: root")]
    [InlineData("Server-Name: x")]
    [InlineData("X-Matched-Route: x")]
    [InlineData("Remote_Addr: 10.0.0.1")]
    [InlineData("HTTP_HOST: inside.example")]
    public async Task Headers_NamedLikeVariables_AreOthers(string header)
    {
        await using var edge = await AttackedEdge.StartAsync();
        var answer = await RawClient.AskAsync(edge.Address, $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{header}\r\n\r\n");
        var lines = answer.Split('\n');
        foreach (var name in (string[])["REQUEST_METHOD", "REMOTE_USER", "SERVER_NAME", "X_MATCHED_ROUTE", "REMOTE_ADDR", "HTTP_HOST"])
        {
            var values = lines.Where(line => line.StartsWith(name + "=", StringComparison.Ordinal)).ToList();
            Assert.True(values.Count == 1, string.Join(' ', values));
            Assert.DoesNotContain("x", values[0][(name.Length + 1)..], StringComparison.Ordinal);
            Assert.DoesNotContain("root", values[0], StringComparison.Ordinal);
            Assert.DoesNotContain("10.0.0.1", values[0], StringComparison.Ordinal);
        }
    }
}
