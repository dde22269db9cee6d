using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Coffer.Edge.Configuration;
using Coffer.Server.Proxy.Configuration;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.Server;

/// <summary>What the proxy does beside its filters.</summary>
public sealed class ProxyServerTests
{
    private const string Nothing = """(module (func (export "proxy_abi_version_0_2_1")))""";

    [Fact]
    public async Task Tls_SpeaksHttp2_AndTakesANewCertificate()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        WriteCertificate(proxy, "first.test");
        const string Configuration =
            """
            {
              "listeners": [ { "name": "secure", "address": "127.0.0.1:0", "tls": { "certificate": "cert.pem", "key": "key.pem" } } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
            }
            """;
        await proxy.StartAsync(Configuration);
        var subject = "";
        HttpClient NewClient() => new(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    subject = certificate!.Subject;
                    return subject.EndsWith(".test", StringComparison.Ordinal);
                },
            },
        });
        using (var client = NewClient())
        using (var request = new HttpRequestMessage(HttpMethod.Get, $"https://127.0.0.1:{proxy.Port()}/x") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact })
        using (var response = await client.SendAsync(request))
        {
            Assert.Equal(new Version(2, 0), response.Version);
            Assert.StartsWith("GET /x\n", await response.Content.ReadAsStringAsync());
            Assert.Equal("CN=first.test", subject);
        }

        WriteCertificate(proxy, "second.test");
        await proxy.ReloadAsync();
        using var second = NewClient();
        Assert.StartsWith("GET /y\n", await second.GetStringAsync($"https://127.0.0.1:{proxy.Port()}/y"));
        Assert.Equal("CN=second.test", subject);

        proxy.Write("cert.pem", "no certificate"u8.ToArray());
        var exception = await Assert.ThrowsAsync<ConfigurationException>(proxy.ReloadAsync);
        Assert.StartsWith("proxy.json:2:71: listeners[0].tls: the certificate cannot be used: ", exception.Message);
    }

    [Fact]
    public async Task AccessLog_HasALineForEachRequest()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "name": "web", "address": "127.0.0.1:0" } ],
              "routes": [ { "name": "only", "prefix": "/a", "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
              "accessLog": "access.jsonl",
            }
            """);
        await proxy.GetAsync("/a/b?c=d", ("User-Agent", "tester"));
        await proxy.GetAsync("/elsewhere");
        var path = Path.Combine(proxy.Folder, "access.jsonl");
        string[] lines = [];
        for (var i = 0; i < 500 && lines.Length < 2; i++)
        {
            await Task.Delay(10);
            if (!File.Exists(path)) continue;
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        var first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(
            ("web", "GET", "/a/b?c=d", 200, "only", "main", "tester"),
            (first.GetProperty("listener").GetString()!, first.GetProperty("method").GetString()!, first.GetProperty("path").GetString()!,
                first.GetProperty("status").GetInt32(), first.GetProperty("route").GetString()!, first.GetProperty("cluster").GetString()!,
                first.GetProperty("userAgent").GetString()!));
        var second = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(404, second.GetProperty("status").GetInt32());
        Assert.False(second.TryGetProperty("route", out _));
    }

    [Theory]
    [InlineData("\"address\": \"127.0.0.1:0\"", "\"address\": \"127.0.0.1:1\"", "proxy.json:2:18: listeners[0]: where and how the proxy listens changes with a restart only")]
    [InlineData("\"prefix\": \"/\"", "\"path\": \"/{\"", "proxy.json:3:15: routes[0]: ")]
    [InlineData("filter.wasm", "absent.wasm", "proxy.json:5:24: filters.test: the module cannot be read: ")]
    public async Task Reload_ThatCannotBe_SaysWhere_AndChangesNothing(string old, string replacement, string message)
    {
        await using var proxy = await RealProxy.WithFilterAsync(Encoding.UTF8.GetBytes(Nothing));
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => proxy.ReloadAsync(RealProxy.Single().Replace(old, replacement)));
        Assert.StartsWith(message, exception.Message);
        Assert.StartsWith("GET /still\n", await proxy.GetAsync("/still"));
    }

    [Fact]
    public async Task Reload_OtherRoutes_CountAtOnce()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(context => context.Response.Body.WriteAsync("one"u8.ToArray()).AsTask());
        await proxy.AddUpstreamAsync(context => context.Response.Body.WriteAsync("two"u8.ToArray()).AsTask());
        const string Configuration =
            """
            {
              "listeners": [ { "address": "127.0.0.1:0" } ],
              "routes": [ { "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
            }
            """;
        await proxy.StartAsync(Configuration);
        Assert.Equal("one", await proxy.GetAsync("/"));
        await proxy.ReloadAsync(Configuration.Replace("$0", "$1"));
        // YARP takes a configuration when it is told of it, which is not at once.
        for (var i = 0; i < 100 && await proxy.GetAsync("/") != "two"; i++) await Task.Delay(10);
        Assert.Equal("two", await proxy.GetAsync("/"));
    }

    [Fact]
    public async Task HandlerOfHttpWasm_ForTcp_IsRefused()
    {
        await using var proxy = new RealProxy();
        proxy.Write("filter.wat", Encoding.UTF8.GetBytes(
            """(module (memory (export "memory") 1) (func (export "handle_request") (result i64) (i64.const 1)) (func (export "handle_response") (param i32 i32)))"""));
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "tcp": "raw", "filters": ["test"] } ],
              "clusters": { "raw": { "destinations": ["http://127.0.0.1:1"] } },
              "filters": { "test": { "module": "filter.wat" } },
            }
            """));
        Assert.Equal("proxy.json:2:18: listeners[0]: \"test\" is a handler of http-wasm, and this listener is for TCP", exception.Message);
    }

    [Fact]
    public async Task Path_IsPassedOnAsItWasWritten_UnlessThatWouldBeAnother()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(context => context.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes(context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget)).AsTask());
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0" } ],
              "routes": [ { "prefix": "/public", "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
            }
            """);
        Assert.Equal("/public/a%26b?c=%2F", await RawAsync(proxy, "/public/a%26b?c=%2F"));
        Assert.Equal("", await RawAsync(proxy, "/public/../secret"));
        Assert.Equal("", await RawAsync(proxy, "/public/%2e%2e/secret"));
        Assert.DoesNotContain("..", await RawAsync(proxy, "/secret/../public/a"));
    }

    [Fact]
    public async Task Length_ThatAnotherServerMayTakeForAnother_IsRefused()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(context => context.Response.Body.WriteAsync("whole"u8.ToArray()).AsTask());
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "address": "127.0.0.1:0" } ],
              "routes": [ { "prefix": "/", "cluster": "main" } ],
              "clusters": { "main": { "destinations": ["$0"] } },
            }
            """);
        Assert.Equal("whole", await RawAsync(proxy, "/", "Content-Length: 3\r\n\r\nabc"));
        Assert.Equal("", await RawAsync(proxy, "/", "Content-Length: +3\r\n\r\nabc"));
    }

    [Fact]
    public async Task Properties_AreThoseOfTheRequestItsRouteAndTheConfiguration()
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync();
        string[] paths = ["request.path", "request.method", "request.host", "request.headers.x-some", "route_name", "cluster_name", "route_metadata.team", "node.id", "plugin_name", "listener_name", "own.one"];
        var text = new StringBuilder();
        var at = 1024;
        foreach (var path in paths)
        {
            text.AppendLine($"(data (i32.const {at}) \"{path.Replace(".", "\\00")}\")");
            at += 64;
        }

        proxy.Write("filter.wat", Encoding.UTF8.GetBytes(
            $"""
            (module
              (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
              (import "env" "proxy_set_property" (func $set (param i32 i32 i32 i32) (result i32)))
              (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1) (global $next (mut i32) (i32.const 8192))
              (data (i32.const 0) "set") {text}
              (func (export "proxy_abi_version_0_2_1"))
              (func (export "proxy_on_memory_allocate") (param i32) (result i32)
                (global.get $next) (global.set $next (i32.add (global.get $next) (local.get 0))))
              (func $show (param $path i32) (param $length i32)
                (if (i32.eqz (call $get (local.get $path) (local.get $length) (i32.const 64) (i32.const 68)))
                  (then (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))))
              (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                (drop (call $set (i32.const {1024 + 64 * 10}) (i32.const 7) (i32.const 0) (i32.const 3)))
                {string.Concat(paths.Select((path, i) => $"(call $show (i32.const {1024 + (64 * i)}) (i32.const {path.Length}))"))}
                (i32.const 0)))
            """));
        await proxy.StartAsync(
            """
            {
              "listeners": [ { "name": "web", "address": "127.0.0.1:0" } ],
              "routes": [ { "name": "api", "cluster": "main", "filters": ["shows"], "metadata": { "team": "blue" } } ],
              "clusters": { "main": { "destinations": ["$0"] } },
              "filters": { "shows": { "module": "filter.wat" } },
              "properties": { "node.id": "here" },
            }
            """);
        await proxy.GetAsync("/some?q=1", ("Host", "some.test"), ("x-some", "value"));
        Assert.Equal(
            ["/some?q=1", "GET", "some.test", "value", "api", "main", "blue", "here", "shows", "web", "set"],
            proxy.Log.Lines.Where(line => line.StartsWith("shows: ", StringComparison.Ordinal)).Select(line => line[7..]));
    }

    [Fact]
    public async Task Command_ServesUntilASignal_AndReadsAgainAtOne()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals");
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["filter.wat"], Stamp("one"));
        File.WriteAllText(folder["site.wat"], File.ReadAllText(DocumentationTests.Locate("samples", "proxy-filter", "site.wat")));
        File.WriteAllText(folder["proxy.json"],
            """
            {
              "listeners": [ { "address": "127.0.0.1:0", "filters": ["stamp", "site"] } ],
              "filters": { "stamp": { "module": "filter.wat" }, "site": { "module": "site.wat" } },
            }
            """);
        var program = typeof(Coffer.Server.ServerCommandLine).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "proxy", "--config", folder["proxy.json"]]) { RedirectStandardError = true })!;
        var line = await process.StandardError.ReadLineAsync();
        Assert.StartsWith("listening at http://127.0.0.1:", line);
        using var client = new HttpClient { BaseAddress = new Uri(line!["listening at ".Length..]) };
        Assert.Equal("one", await StampAsync(client));
        File.WriteAllText(folder["filter.wat"], Stamp("two"));
        Signal(process, "HUP");
        Assert.Contains("was read again", await process.StandardError.ReadLineAsync());
        Assert.Equal("two", await StampAsync(client));
        File.WriteAllText(folder["filter.wat"], "(module");
        Assert.Contains("the new configuration is not used, and the old one stays: proxy.json:3:", await process.StandardError.ReadLineAsync());
        Assert.Equal("two", await StampAsync(client));
        File.WriteAllText(folder["filter.wat"], Stamp("three"));
        Assert.Contains("was read again", await process.StandardError.ReadLineAsync());
        Assert.Equal("three", await StampAsync(client));
        Signal(process, "TERM");
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, process.ExitCode);
    }

    private static string Stamp(string text) =>
        $$"""
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "x-stamp") (data (i32.const 16) "{{text}}")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $add (i32.const 2) (i32.const 0) (i32.const 7) (i32.const 16) (i32.const {{text.Length}}))) (i32.const 0)))
        """;

    private static async Task<string> StampAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/");
        return response.Headers.GetValues("x-stamp").Single();
    }

    private static void Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString()]);
        kill.WaitForExit();
    }

    private static async Task<string> RawAsync(RealProxy proxy, string target, string rest = "\r\n")
    {
        using var connection = new System.Net.Sockets.TcpClient();
        await connection.ConnectAsync("127.0.0.1", proxy.Port());
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.0\r\nHost: test\r\n{rest}"));
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync();
        return text.Contains(" 200 ", StringComparison.Ordinal) ? text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : "";
    }

    private static void WriteCertificate(RealProxy proxy, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        proxy.Write("cert.pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        proxy.Write("key.pem", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }
}
