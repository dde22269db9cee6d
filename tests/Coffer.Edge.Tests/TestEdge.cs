using System.Net;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Hosting;

namespace Coffer.Edge.Tests;

/// <summary>A server by a configuration in a folder of its own, and a client.</summary>
internal sealed class TestEdge : IAsyncDisposable
{
    private readonly TemporaryDirectory folder = new();
    private bool isDisposed;

    private TestEdge()
    {
    }

    /// <summary>The folder of the configuration.</summary>
    public string Folder => folder.Path;

    /// <summary>What is changed of what the file says, as options of the command do.</summary>
    public Func<EdgeConfiguration, EdgeConfiguration> Adjust { get; set; } = configuration => configuration;

    /// <summary>The clock of the server.</summary>
    public TimeProvider Time { get; private init; } = TimeProvider.System;

    /// <summary>The server.</summary>
    public EdgeServer Server { get; private set; } = null!;

    /// <summary>What it logs.</summary>
    public RecordedLog Log { get; } = new();

    /// <summary>Its standard output.</summary>
    public MemoryStream Output { get; } = new();

    /// <summary>A client of the first listener.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>The address of the first listener.</summary>
    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>A server with one app for all requests.</summary>
    /// <param name="program">The module, in the text format or in binary.</param>
    /// <param name="app">What else the configuration says of it, such as <c>"limits": { … }</c>.</param>
    public static Task<TestEdge> OfAppAsync(object program, string app = "") => StartAsync(
        $$"""{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "app": { "module": "app.wasm", "routes": ["/"]{{(app.Length > 0 ? "," : "")}} {{app}} } } }""",
        ("app.wasm", program));

    /// <summary>A server by a configuration and the files that it names.</summary>
    public static Task<TestEdge> StartAsync(string configuration, params (string Name, object Content)[] files) => StartAsync(configuration, TimeProvider.System, files);

    /// <summary>A server that goes by a clock.</summary>
    public static async Task<TestEdge> StartAsync(string configuration, TimeProvider time, params (string Name, object Content)[] files)
    {
        var edge = new TestEdge { Time = time };
        try
        {
            foreach (var (name, content) in files) edge.Write(name, content);
            edge.Write("coffer.json", configuration);
            await edge.StartServerAsync();
            return edge;
        }
        catch
        {
            await edge.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a file beside the configuration.</summary>
    public void Write(string name, object content)
    {
        var path = folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (content is byte[] bytes) File.WriteAllBytes(path, bytes);
        else File.WriteAllText(path, (string)content);
    }

    /// <summary>Stops the server, and starts another one in the same folder.</summary>
    public async Task RestartAsync(Action? meanwhile = null)
    {
        Client.Dispose();
        await Server.DisposeAsync();
        meanwhile?.Invoke();
        await StartServerAsync();
    }

    private async Task StartServerAsync()
    {
        var serverFiles = new ServerFiles(folder["coffer.json"]);
        Server = new EdgeServer(
            serverFiles, () => Adjust(EdgeConfigurationReader.Read(serverFiles.Read("coffer.json"), "coffer.json", Folder)), Log, native: null, Output, Time);
        await Server.StartAsync(CancellationToken.None);
        Address = new Uri(Server.Addresses[0]) is var address ? new IPEndPoint(IPAddress.Parse(address.Host), address.Port) : null!;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri($"http://{Address}"),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    // Some tests end it before they look at what it left.
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        Client?.Dispose();
        if (Server is not null) await Server.DisposeAsync();
        folder.Dispose();
    }
}
