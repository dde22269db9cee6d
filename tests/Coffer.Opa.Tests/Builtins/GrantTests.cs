using System.Net;
using System.Net.Sockets;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Builtins;

/// <summary>Builtins that reach the world around them: only where that was granted.</summary>
public sealed class GrantTests
{
    [Theory]
    [InlineData("time.now_ns", "[]", "--clock wall")]
    [InlineData("rand.intn", """["k",10]""", "--random real")]
    [InlineData("uuid.rfc4122", """["k"]""", "--random real")]
    [InlineData("net.lookup_ip_addr", """["example.com"]""", "--lookup example.com")]
    [InlineData("http.send", """[{"method":"get","url":"http://example.com/a"}]""", "--http")]
    public void Builtin_WithoutAGrant_FailsWithWhatWouldAllowIt(string name, string operands, string remedy)
    {
        var error = Assert.Throws<BuiltinException>(() => Call(CapabilitySet.Empty, name, operands));
        Assert.Contains("not granted", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Literals_NeedNoGrant() => Assert.Equal(RegoValue.Parse("""{"10.0.0.1"}"""), Call(CapabilitySet.Empty, "net.lookup_ip_addr", """["10.0.0.1"]"""));

    [Fact]
    public void Clock_IsTheGrantedOne()
    {
        var capabilities = new CapabilitySet(
            new ClockGrant(GuestClock.Wall) { Start = DateTimeOffset.UnixEpoch.AddSeconds(5),
            Step = TimeSpan.FromMilliseconds(1) });
        Assert.Equal((RegoValue)5_000_000_000L, Call(capabilities, "time.now_ns", "[]"));
    }

    [Fact]
    public async Task HttpSend_ReachesWhatIsGranted_AndNothingElse()
    {
        using var server = new OneAnswerServer(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\nX-More: yes\r\nConnection: close\r\n\r\n{\"a\":[1]}");
        var granted = new CapabilitySet(GrantSyntax.Of(CapabilityKind.Http).Parse($"GET http://127.0.0.1:{server.Port}/ok"));
        var answer = (RegoObject)Call(granted, "http.send", $$"""[{"method":"get","url":"http://127.0.0.1:{{server.Port}}/ok"}]""")!;
        Assert.Equal((RegoValue)200L, answer["status_code"]);
        Assert.Equal((RegoValue)"200 OK", answer["status"]);
        Assert.Equal(RegoValue.Parse("""{"a":[1]}"""), answer["body"]);
        Assert.Equal(RegoValue.Parse("""["yes"]"""), ((RegoObject)answer["headers"]!)["x-more"]);
        Assert.StartsWith("GET /ok HTTP/1.1", await server.Request, StringComparison.Ordinal);
        foreach (var (method, path) in new[] { ("post", "/ok"), ("get", "/other") })
        {
            Assert.Contains("not granted", Assert.Throws<BuiltinException>(() => Call(granted, "http.send", $$"""[{"method":"{{method}}","url":"http://127.0.0.1:{{server.Port}}{{path}}"}]""")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void HttpSend_WithNobodyThere_FailsOrTells()
    {
        var granted = new CapabilitySet(GrantSyntax.Of(CapabilityKind.Http).Parse("http://127.0.0.1:9"));
        Assert.Throws<BuiltinException>(() => Call(granted, "http.send", """[{"method":"get","url":"http://127.0.0.1:9/"}]"""));
        var told = (RegoObject)Call(granted, "http.send", """[{"method":"get","url":"http://127.0.0.1:9/","raise_error":false}]""")!;
        Assert.Equal((RegoValue)0L, told["status_code"]);
        Assert.Equal((RegoValue)"eval_http_send_network_error", ((RegoObject)told["error"]!)["code"]);
    }

    [Fact]
    public void RedirectionElsewhere_IsANewRequest()
    {
        using var server = new OneAnswerServer(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var granted = new CapabilitySet(GrantSyntax.Of(CapabilityKind.Http).Parse($"http://127.0.0.1:{server.Port}"));
        var error = Assert.Throws<BuiltinException>(() => Call(granted, "http.send", $$"""[{"method":"get","url":"http://127.0.0.1:{{server.Port}}/","enable_redirect":true}]"""));
        Assert.Contains("GET http://127.0.0.1:1/secret is not granted", error.Message, StringComparison.Ordinal);
    }

    private static RegoValue? Call(CapabilitySet capabilities, string name, string operands)
    {
        var context = new BuiltinContext(
            new PolicyOptions { Capabilities = capabilities }, "test", () => TestContext.Current.CancellationToken);
        return BuiltinTable.Standard.Find(name)!(context, [.. (RegoArray)RegoValue.Parse(operands)]);
    }

    /// <summary>Answers the first request that comes, with what it is given.</summary>
    private sealed class OneAnswerServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public OneAnswerServer(string answer)
        {
            listener.Start();
            Request = Task.Run(async () =>
            {
                using var connection = await listener.AcceptTcpClientAsync();
                var stream = connection.GetStream();
                var buffer = new byte[4096];
                var read = await stream.ReadAsync(buffer);
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
                return System.Text.Encoding.ASCII.GetString(buffer, 0, read);
            });
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public Task<string> Request { get; }

        public void Dispose() => listener.Dispose();
    }
}
