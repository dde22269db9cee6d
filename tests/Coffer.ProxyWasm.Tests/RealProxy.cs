using System.Net;
using System.Text;
using Coffer.Edge.Ambient;
using Coffer.Edge.Filters;
using Coffer.Server.Proxy;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests;

/// <summary>What <c>coffer proxy</c> runs, by a configuration in a folder of its own, before upstreams of the test.</summary>
internal sealed class RealProxy : IAsyncDisposable
{
    // Modules of megabytes are compiled once for all tests, which hold them.
    private static readonly FilterModules Modules = new();
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, object> Held = new();
    private readonly TemporaryDirectory folder = new();
    private readonly List<TestUpstream> upstreams = [];
    private string configuration = "";

    public RecordedLog Log { get; } = new();

    public ProxyServer Server { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public string Folder => folder.Path;

    /// <summary>The port of a listener, by its place in the list.</summary>
    public int Port(int listener = 0) => new Uri(Server.Addresses[listener]).Port;

    public async Task<TestUpstream> AddUpstreamAsync(RequestDelegate? answer = null, bool http2 = false)
    {
        var upstream = await TestUpstream.StartAsync(answer ?? TestProxy.Echo, http2);
        upstreams.Add(upstream);
        return upstream;
    }

    public void Write(string name, byte[] content)
    {
        File.WriteAllBytes(folder[name], content);
        if (name == "filter.wasm") Hold(content);
    }

    /// <summary>Starts with a configuration, in which <c>$0</c> is the address of the first upstream, and so on.</summary>
    public async Task StartAsync(string text)
    {
        WriteConfiguration(text);
        Server = new ProxyServer(new ServerFiles(folder["proxy.json"]), Modules, Log, Stream.Null);
        await Server.StartAsync(CancellationToken.None);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = new Uri(Server.Addresses[0]),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    /// <summary>Changes the configuration and reads it again.</summary>
    public Task ReloadAsync(string text)
    {
        WriteConfiguration(text);
        return Server.ReloadAsync();
    }

    public Task ReloadAsync() => ReloadAsync(configuration);

    public IFilter FilterOf(string name) => Server.Filters.All.Single(filter => filter.Name == name).Filter;

    /// <summary>One filter before one upstream, which echoes; what is said of the filter beside its module.</summary>
    public static async Task<RealProxy> WithFilterAsync(byte[] module, string more = "", RequestDelegate? answer = null)
    {
        var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(answer);
        proxy.Write("filter.wasm", module);
        await proxy.StartAsync(Single(more));
        return proxy;
    }

    private static void Hold(byte[] module) =>
        Held.GetOrAdd(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(module)), _ => Modules.Of(module, "filter.wasm"));

    public static string Single(string more = "") =>
        $$"""
        {
          "listeners": [ { "address": "127.0.0.1:0", "filters": ["test"] } ],
          "routes": [ { "prefix": "/", "cluster": "main" } ],
          "clusters": { "main": { "destinations": ["$0"] } },
          "filters": { "test": { "module": "filter.wasm", "workers": 1, "logLevel": "trace"{{(more.Length > 0 ? ", " + more : "")}} } },
        }
        """;

    public async Task<string> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Server is not null) await Server.DisposeAsync();
        foreach (var upstream in upstreams) await upstream.DisposeAsync();
        folder.Dispose();
    }

    private void WriteConfiguration(string text)
    {
        configuration = text;
        for (var i = 0; i < upstreams.Count; i++) text = text.Replace($"${i}", upstreams[i].Address.GetLeftPart(UriPartial.Authority));
        File.WriteAllText(folder["proxy.json"], text, new UTF8Encoding(false));
    }
}
