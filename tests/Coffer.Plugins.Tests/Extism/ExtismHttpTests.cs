using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Manifests;
using Coffer.Plugins.Extism;
using Coffer.Tests;

namespace Coffer.Plugins.Tests.Extism;

/// <summary>HTTP requests by plugins: to what was granted, and to nothing else.</summary>
public sealed class ExtismHttpTests : IAsyncDisposable
{
    private readonly PluginHost host = new();
    private readonly OneShotServer server = new();

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        server.Dispose();
    }

    private Task<Plugin> Load(string file, bool isGranted, PluginLimits? limits = null)
    {
        var options = new PluginOptions { Limits = limits ?? PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(10) } };
        if (isGranted) options = new ExtismManifest { AllowedHosts = ["127.0.0.1"] }.ApplyTo(options);
        return host.LoadAsync("http", PluginSource.FromFile(TestData.Require(file)), options, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("extism/extism/http.wasm", "http_request")]
    [InlineData("extism/js-sdk/http.wasm", "http_get")]
    public async Task Request_Granted_GivesTheAnswer(string file, string function)
    {
        var plugin = await Load(file, isGranted: true);
        var answer = plugin.Call(function, Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}/a?b"}"""));
        Assert.Contains("hello from the server", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith("GET /a?b HTTP/1.1", server.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_SendsItsBody()
    {
        var plugin = await Load("extism/js-sdk/http.wasm", isGranted: true);
        plugin.Call("http_post", Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}/p","method":"POST","data":"x"}"""));
        Assert.StartsWith("POST /p HTTP/1.1", server.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_NotGranted_FailsAndSaysWhatWouldAllowIt()
    {
        var plugin = await Load("extism/extism/http.wasm", isGranted: false);
        var failure = Assert.Throws<PluginException>(() => plugin.Call("http_request", Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}"}""")));
        Assert.Equal(PluginFailure.HostFunctionFailed, failure.Failure);
        Assert.Contains("is not allowed", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--http", failure.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Requests_AreOnRecord()
    {
        var sink = new Coffer.Capabilities.Audit.MemorySink();
        using (var trail = new Coffer.Capabilities.Audit.AuditTrail([sink]))
        {
            var options = new ExtismManifest { AllowedHosts = ["127.0.0.1"] }.ApplyTo(new PluginOptions { Audit = trail });
            var plugin = await host.LoadAsync("http", PluginSource.FromFile(TestData.Require("extism/extism/http.wasm")), options, TestContext.Current.CancellationToken);
            plugin.Call("http_request", Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}/a"}"""));
            Assert.Throws<PluginException>(() => plugin.Call("http_request", Encoding.UTF8.GetBytes("""{"url":"http://10.1.2.3/"}""")));
        }

        Assert.Equal(
            [("http", "http_request", $"GET {server.Url}/a", true), ("http", "http_request", "GET http://10.1.2.3/", false)],
            sink.Events.Select(entry => (entry.Module, entry.Operation, entry.Resource, entry.Allowed)));
    }

    [Fact]
    public async Task Request_ByANameThatLeadsToThisMachine_IsRefusedAtItsAddress()
    {
        var grants = Manifest.Parse("""{ "grants": { "http": ["http://localhost:*"] } }""").Capabilities;
        var plugin = await host.LoadAsync(
            "http", PluginSource.FromFile(TestData.Require("extism/extism/http.wasm")), new PluginOptions { Grants = grants }, TestContext.Current.CancellationToken);
        var failure = Assert.Throws<PluginException>(() =>
            plugin.Call("http_request", Encoding.UTF8.GetBytes($$"""{"url":"http://localhost:{{server.Port}}/"}""")));
        Assert.Contains("is not allowed", failure.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Answer_LongerThanItMayBe_Fails()
    {
        var plugin = await Load("extism/extism/http.wasm", isGranted: true, PluginLimits.Default with { HttpResponseBytes = 10 });
        var failure = Assert.Throws<PluginException>(() => plugin.Call("http_request", Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}"}""")));
        Assert.Contains("HttpResponseBytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatDoesNotAnswer_TheCallEndsInTime()
    {
        server.IsSilent = true;
        var plugin = await Load("extism/extism/http.wasm", isGranted: true, PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(200) });
        var failure = Assert.Throws<PluginException>(() => plugin.Call("http_request", Encoding.UTF8.GetBytes($$"""{"url":"{{server.Url}}"}""")));
        Assert.Equal(PluginFailure.TimedOut, failure.Failure);
    }

    [Fact]
    public async Task Module_ByUrl_IsFetchedUnderTheGrant()
    {
        server.Body = Coffer.Text.TextFormat.Parse("""(module (func (export "f")))""");
        var manifest = ExtismManifest.Parse($$"""{ "wasm": [ { "url": "{{server.Url}}/plugin.wasm" } ] }""");
        var refused = await Assert.ThrowsAsync<PluginException>(() => host.LoadAsync("url", PluginSource.FromManifest(manifest), null, TestContext.Current.CancellationToken));
        Assert.Contains("is not allowed", refused.Message, StringComparison.Ordinal);
        var grants = Manifest.Parse("""{ "grants": { "http": ["http://127.0.0.1:*"] } }""").Capabilities;
        var plugin = await host.LoadAsync("url", PluginSource.FromManifest(manifest, grants), null, TestContext.Current.CancellationToken);
        Assert.True(plugin.Call("f").IsAnswered);
    }

    [Fact]
    public async Task HttpOfTinyGo_IsLoadedAndRefusedWithoutAGrant()
    {
        var plugin = await Load("extism/dotnet-sdk/http.wasm", isGranted: false);
        Assert.Contains("is not allowed", Assert.Throws<PluginException>(() => plugin.Call("run_test")).Message, StringComparison.Ordinal);
    }

    /// <summary>A server on this machine that answers each connection once.</summary>
    private sealed class OneShotServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource end = new();

        public OneShotServer()
        {
            listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public string Url => $"http://127.0.0.1:{Port}";

        public List<string> Requests { get; } = [];

        public bool IsSilent { get; set; }

        public byte[] Body { get; set; } = Encoding.UTF8.GetBytes("hello from the server");

        public void Dispose()
        {
            end.Cancel();
            listener.Dispose();
            end.Dispose();
        }

        private async Task ServeAsync()
        {
            while (!end.IsCancellationRequested)
            {
                using var client = await listener.AcceptTcpClientAsync(end.Token);
                var buffer = new byte[16384];
                var read = await client.GetStream().ReadAsync(buffer, end.Token);
                Requests.Add(Encoding.UTF8.GetString(buffer, 0, read));
                if (IsSilent) await Task.Delay(Timeout.Infinite, end.Token);
                var head = Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Body.Length}\r\nConnection: close\r\nX-Test: yes\r\n\r\n");
                await client.GetStream().WriteAsync(head, end.Token);
                await client.GetStream().WriteAsync(Body, end.Token);
            }
        }
    }
}
