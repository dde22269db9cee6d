using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>Trailers of requests: from a client through a filter to the upstream, and from a filter's own call.</summary>
public sealed class RequestTrailerTests
{
    private const string Filter = """
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "x-filtervalue")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
            (drop (call $add (i32.const 1) (i32.const 0) (i32.const 8) (i32.const 8) (i32.const 5))) (i32.const 0)))
        """;

    private static async Task SayTrailers(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var trailers = context.Request.SupportsTrailers() && context.Request.CheckTrailersAvailable()
            ? context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestTrailersFeature>()!.Trailers.Select(pair => $"{pair.Key.ToLowerInvariant()}={pair.Value}").Order().ToList()
            : [];
        if (trailers.Count == 0) trailers.Add("none");
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"[{body}] {string.Join(", ", trailers)}"));
    }

    private static async Task<string> SendRawAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.ReplaceLineEndings("\r\n")));
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync();
        return text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    private static string Chunked(string trailers, string body = "4\nbody\n") =>
        $"POST / HTTP/1.1\nhost: a\nconnection: close\ntransfer-encoding: chunked\n\n{body}0\n{trailers}\n";

    [Theory]
    [InlineData("x-sum: 1\n", "[body] x-filter=value, x-sum=1")]
    [InlineData("x-sum: 1\nx-sum: 2\n", "[body] x-filter=value, x-sum=1,2")]
    [InlineData("", "[body] none")]
    public async Task Trailers_GoOnToTheUpstream_AsTheFilterLeftThem(string trailers, string expected)
    {
        await using var proxy = await RealProxy.WithFilterAsync(Encoding.UTF8.GetBytes(Filter), "", SayTrailers);
        Assert.Contains(expected, await SendRawAsync(proxy.Client.BaseAddress!, Chunked(trailers)));
    }

    [Fact]
    public async Task Trailers_OfManyRequests_OnSharedConnections_StayWithTheirs()
    {
        await using var proxy = await RealProxy.WithFilterAsync(Encoding.UTF8.GetBytes(Filter), "", SayTrailers);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var trailers = i % 3 == 0 ? "" : $"x-sum: {i}\n";
            // A body of the very bytes that end one, and bodies around the sizes of buffers.
            var size = 4090 + i % 13;
            var body = i % 2 == 0 ? "5\n0\n\n\n" : $"{size:x}\n{new string('x', size)}\n";
            var text = await SendRawAsync(proxy.Client.BaseAddress!, Chunked(trailers, body));
            Assert.Contains(trailers.Length == 0 ? "] none" : $"x-filter=value, x-sum={i}", text);
        });
    }

    [Fact]
    public async Task Trailers_ToAnUpstreamOfHttp2_AreLeftOut()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(SayTrailers, http2: true);
        proxy.Write("filter.wasm", Encoding.UTF8.GetBytes(Filter));
        await proxy.StartAsync(RealProxy.Single().Replace("[\"$0\"]", "[\"$0\"], \"http2\": true"));
        Assert.Contains("[body] none", await SendRawAsync(proxy.Client.BaseAddress!, Chunked("x-sum: 1\n")));
    }

    [Fact]
    public async Task Trailers_OfAFiltersCall_AreSent_ButNotThoseOfTheConnection()
    {
        await using var upstream = await TestUpstream.StartAsync(SayTrailers);
        using var caller = new Calls.HttpUpstreamCaller(_ => upstream.Address);
        KeyValuePair<string, string>[] headers = [new(":method", "POST"), new(":path", "/"), new(":authority", "a")];
        var response = await caller.SendAsync(
            new Calls.CallRequest("web", headers, "body"u8.ToArray(), [new("x-sum", "1"), new("content-length", "9"), new("x-bad", "a\r\nb: c")]), CancellationToken.None);
        Assert.Equal("[body] x-sum=1", Encoding.UTF8.GetString(response.Body));
        var empty = await caller.SendAsync(new Calls.CallRequest("web", headers, default, [new("x-sum", "2")]), CancellationToken.None);
        Assert.Equal("[] x-sum=2", Encoding.UTF8.GetString(empty.Body));
    }
}
