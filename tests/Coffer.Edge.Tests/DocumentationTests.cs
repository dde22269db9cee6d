using System.Text.Json;
using System.Text.RegularExpressions;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Hosting;
using Coffer.Edge.Limits;
using Coffer.Server;
using Json.Schema;

namespace Coffer.Edge.Tests;

/// <summary>The examples of docs/edge.md, the samples and the schema say what the server does.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Examples_ShowWhatTheySay()
    {
        var text = (await File.ReadAllTextAsync(Locate("docs", "edge.md"))).ReplaceLineEndings("\n");
        foreach (Match file in FileBlock().Matches(text))
        {
            var path = folder[file.Groups["name"].Value];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Groups["content"].Value);
        }

        File.Copy(Locate("samples", "edge", "hello.wasm"), folder["hello.wasm"]);
        File.WriteAllText(folder["wrong.json"], File.ReadAllText(folder["coffer.json"]).Replace("\"memory\"", "\"memry\"", StringComparison.Ordinal));
        File.WriteAllText(folder["served.json"], Regex.Replace(File.ReadAllText(folder["coffer.json"]), @"127\.0\.0\.1:\d+", "127.0.0.1:0"));
        var files = new ServerFiles(folder["served.json"]);
        await using var server = new EdgeServer(
            files, () => EdgeConfigurationReader.Read(files.Read("served.json"), "served.json", folder.Path), new RecordedLog(), native: null, new MemoryStream());
        await server.StartAsync(CancellationToken.None);
        using var client = new HttpClient();
        var commands = 0;
        foreach (Match block in ConsoleBlock().Matches(text))
        {
            foreach (var example in block.Groups["content"].Value.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = example.TrimEnd('\n').Split('\n');
                var output = lines[0].StartsWith("curl ", StringComparison.Ordinal)
                    ? await AskAsync(client, server, lines[0]["curl ".Length..])
                    : await RunAsync(lines[0]["coffer ".Length..]);
                Assert.Equal(string.Join('\n', lines[1..]), output.TrimEnd('\n'));
                commands++;
            }
        }

        Assert.Equal(6, commands);
    }

    [Fact]
    public void Schema_KnowsWhatTheReaderKnows()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Locate("schemas", "coffer-edge.schema.json")));
        var app = schema.RootElement.GetProperty("properties").GetProperty("apps").GetProperty("additionalProperties").GetProperty("properties");
        Assert.Equal(RequestLimits.Syntax.Select(row => row.ManifestKey), Keys(app.GetProperty("limits")));
        Assert.Equal(GrantSyntax.All.Select(row => row.ManifestKey).Order(), Keys(app.GetProperty("grants")).Order());
        var wrong = Assert.Throws<ConfigurationException>(() => EdgeConfigurationReader.Read("""{ "x": 1 }"""u8.ToArray(), "c", "/"));
        Assert.Equal(wrong.Message.Split("there are ")[1].Split(", ").Order(), Keys(schema.RootElement).Order());
        var wrongApp = Assert.Throws<ConfigurationException>(() => EdgeConfigurationReader.Read("""{ "apps": { "a": { "x": 1 } } }"""u8.ToArray(), "c", "/"));
        Assert.Equal(wrongApp.Message.Split("there are ")[1].Split(", ").Order(), app.EnumerateObject().Select(member => member.Name).Order());
    }

    [Theory]
    [InlineData("""{ "apps": { "a": { "module": "m", "routes": ["/", { "route": "x/y", "methods": ["GET"], "exact": true }], "grants": { "directories": ["a::/b"] } } } }""", true)]
    [InlineData("""{ "listeners": [{ "address": "[::]:80", "protocols": "http1+2", "tls": { "certificate": "a", "key": "b" } }], "proxy": [{ "routes": ["/"], "to": "http://a:1" }] }""", true)]
    [InlineData("""{ "apps": { "a": { "module": "m", "limits": { "time": "2s", "memory": "1MiB", "fuel": 5 } } } }""", true)]
    [InlineData("""{ "apps": { "a": { "routes": ["/"] } } }""", false)]
    [InlineData("""{ "apps": { "a": { "module": "m", "routes": ["x"] } } }""", false)]
    [InlineData("""{ "apps": { "A": { "module": "m" } } }""", false)]
    [InlineData("""{ "apps": { "a": { "module": "m", "limits": { "time": 2 } } } }""", false)]
    [InlineData("""{ "static": [{ "routes": ["/"] }] }""", false)]
    [InlineData("""{ "listeners": [{ "address": "nowhere" }] }""", false)]
    public void Schema_AgreesWithTheReader(string text, bool isGood)
    {
        var schema = JsonSchema.FromText(File.ReadAllText(Locate("schemas", "coffer-edge.schema.json")));
        using var document = JsonDocument.Parse(text);
        Assert.Equal(isGood, schema.Evaluate(document.RootElement).IsValid);
        var failure = Record.Exception(() => EdgeConfigurationReader.Read(System.Text.Encoding.UTF8.GetBytes(text), "c", "/"));
        Assert.Equal(isGood, failure is null);
        if (failure is not null) Assert.IsType<ConfigurationException>(failure);
    }

    private static IEnumerable<string> Keys(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(member => member.Name);

    private static async Task<string> AskAsync(HttpClient client, EdgeServer server, string url)
    {
        var address = url.Contains(":9090", StringComparison.Ordinal) ? server.Addresses[^1] : server.Addresses[0];
        using var response = await client.GetAsync(new Uri(address + new Uri(url).PathAndQuery));
        return await response.Content.ReadAsStringAsync();
    }

    private async Task<string> RunAsync(string line)
    {
        using var error = new StringWriter();
        var words = line.Split(' ').Select(word => word.EndsWith(".json", StringComparison.Ordinal) ? folder[word] : word).ToArray();
        var code = await ServerCommandLine.RunAsync(words, TextWriter.Null, error);
        return code == 0 ? error.ToString() : $"{error}[exit {code}]";
    }

    private static string Locate(params string[] parts)
    {
        var place = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(place, "Coffer.slnx"))) place = Path.GetDirectoryName(place)!;
        return Path.Combine([place, .. parts]);
    }

    [GeneratedRegex("`(?<name>[a-z/]+\\.(json|html))`:\n\n```(json|html)\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex("```console\n(?<content>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
