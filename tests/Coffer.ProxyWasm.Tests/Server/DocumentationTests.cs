using System.Net;
using System.Text.RegularExpressions;
using Coffer.Server;

namespace Coffer.ProxyWasm.Tests.Server;

/// <summary>The examples of the documentation and the sample do what they say.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Examples_OfTheCommand_ShowWhatTheySay()
    {
        var text = (await File.ReadAllTextAsync(Locate("docs", "proxy.md"))).ReplaceLineEndings("\n");
        foreach (Match file in FileBlock().Matches(text)) File.WriteAllText(folder[file.Groups["name"].Value], file.Groups["content"].Value);
        var examples = ConsoleBlock().Matches(text);
        Assert.Equal(4, examples.Count);
        foreach (Match example in examples)
        {
            var lines = example.Groups["content"].Value.TrimEnd('\n').Split('\n');
            var (code, output) = await RunAsync(lines[0]["$ coffer ".Length..]);
            var expected = lines.AsSpan(1).ToArray();
            if (expected[^1].StartsWith("[exit ", StringComparison.Ordinal))
            {
                Assert.Equal(int.Parse(expected[^1][6..^1]), code);
                expected = expected[..^1];
            }
            else Assert.Equal(0, code);

            Assert.Equal(string.Join('\n', expected) + "\n", output);
        }
    }

    [Fact]
    public async Task ExampleOfTheTestKit_PrintsWhatIsSaid()
    {
        var text = (await File.ReadAllTextAsync(Locate("docs", "proxy.md"))).ReplaceLineEndings("\n");
        foreach (Match file in FileBlock().Matches(text)) File.WriteAllText(folder[file.Groups["name"].Value], file.Groups["content"].Value);
        var example = Assert.Single(ProgramBlock().Matches(text));
        var program = example.Groups["program"].Value.Replace("\"asks.wat\"", $"@\"{folder["asks.wat"]}\"");
        Assert.Equal(example.Groups["output"].Value, await DocumentedProgram.RunAsync(program));
    }

    [Theory]
    [InlineData("""{ "time": { "before": "250ms", "after": "100ms" }, "expect": { "data": { "ticks": "3\u0000" }, "metrics": { "c_filter.requests": 1 } } }""", 0, "request: goes on")]
    [InlineData("""{ "request": { "path": "/call" }, "upstreams": { "auth": {} }, "expect": { "calls": ["GET /auth"], "upstream": true } }""", 0, "auth: GET /auth")]
    [InlineData("""{ "request": { "trailers": { "sum": "1" } }, "expect": { "upstream": { "trailers": { "sum": "1", "other": null } } } }""", 0, "")]
    [InlineData("""{ "request": { "trailers": { "sum": "1" } }, "expect": { "upstream": { "trailers": { "sum": "2" } }, "metrics": { "none": 1 }, "calls": ["x"], "data": { "k": "v" } } }""", 1, "the trailers of the request has sum: 1, not 2")]
    [InlineData("""{ "tcp": {}, "request": {} }""", 2, "there is a connection (tcp)")]
    [InlineData("""{ "tcp": { "client": ["a", "b"], "upstream": "c" }, "expect": { "upstream": "ab", "client": "c", "closed": false } }""", 0, "connection: passes")]
    [InlineData("""{ "tcp": { "client": "a" }, "expect": { "upstream": "b", "closed": true } }""", 1, "the upstream gets \"a\", not \"b\"")]
    [InlineData("""{ "queues": { "none": ["x"] } }""", 2, "has registered the queue")]
    public async Task FilterTest_OfTicksCallsTrailersAndConnections(string description, int code, string words)
    {
        File.Copy(TestData.Require("guests/proxy-wasm/c_filter.wasm"), folder["c.wasm"]);
        File.WriteAllText(folder["c.json"], description);
        var (actual, output) = await RunAsync("filter test c.wasm c.json");
        Assert.True(code == actual, output);
        Assert.Contains(words, output);
    }

    [Theory]
    [InlineData("""{ "expect": { "status": 401, "upstream": false, "headers": { "www-authenticate": "Basic realm=\"test\"" } } }""", 0, "request: answered")]
    [InlineData("""{ "time": { "before": "1s" } }""", 2, "http-wasm has nothing of this kind")]
    public async Task FilterTest_OfHandlers(string description, int code, string words)
    {
        File.Copy(TestData.Require("proxy-wasm/http-wasm/examples/auth.wasm"), folder["auth.wasm"]);
        File.WriteAllText(folder["auth.json"], description);
        var (actual, output) = await RunAsync("filter test auth.wasm auth.json");
        Assert.True(code == actual, output);
        Assert.Contains(words, output);
    }

    [Fact]
    public async Task Sample_DoesWhatItsReadmeSays()
    {
        var sample = Path.GetDirectoryName(Locate("samples", "proxy-filter", "proxy.json"))!;
        await using var proxy = new RealProxy();
        foreach (var file in Directory.GetFiles(sample, "*.wat")) proxy.Write(Path.GetFileName(file), await File.ReadAllBytesAsync(file));
        // At ports that are free; the second listener is the upstream, and its port is known when it listens.
        var text = (await File.ReadAllTextAsync(Path.Combine(sample, "proxy.json"))).Replace("127.0.0.1:8080", "127.0.0.1:0").Replace("127.0.0.1:8081\", \"filters", "127.0.0.1:0\", \"filters").Replace("127.0.0.1:8082", "127.0.0.1:0");
        await proxy.StartAsync(text);
        await proxy.ReloadAsync(text.Replace("http://127.0.0.1:8081", $"http://127.0.0.1:{proxy.Port(1)}"));
        using var refused = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("passed", refused.Headers.GetValues("x-stamp").Single());
        Assert.Equal("hello from behind the proxy\n", await proxy.GetAsync("/", ("authorization", "Bearer token")));
        using var admin = new HttpClient { BaseAddress = new Uri(proxy.Server.Addresses[2]) };
        Assert.Contains("\"name\": \"stamp\"", await admin.GetStringAsync("/filters"));
        Assert.Contains("coffer_filter_streams_total{", await admin.GetStringAsync("/metrics"));
        Assert.Equal("ready\n", await admin.GetStringAsync("/ready"));
        using var unknown = await admin.GetAsync("/");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task SampleTest_IsAsExpected()
    {
        var sample = Path.GetDirectoryName(Locate("samples", "proxy-filter", "proxy.json"))!;
        foreach (var file in Directory.GetFiles(sample)) File.Copy(file, folder[Path.GetFileName(file)]);
        var (code, output) = await RunAsync("filter test auth.wat auth.test.json");
        Assert.True(code == 0, output);
    }

    private async Task<(int Code, string Output)> RunAsync(string line)
    {
        using var output = new StringWriter();
        // Names of files are from the folder that the process is in.
        var words = line.Split(' ').Select(word => File.Exists(folder[word]) ? folder[word] : word).ToArray();
        var code = await ServerCommandLine.RunAsync(words, output, output);
        return (code, output.ToString().ReplaceLineEndings("\n"));
    }

    internal static string Locate(params string[] path)
    {
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            var candidate = Path.Combine([parent.FullName, .. path]);
            if (File.Exists(candidate)) return candidate;
        }

        throw new FileNotFoundException(Path.Combine(path));
    }

    [GeneratedRegex("```(wat|json) file=(?<name>\\S+)\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex("```csharp\n(?<program>using [^`]*?)```\n\n```text\n(?<output>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ProgramBlock();

    [GeneratedRegex("```console\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
