using System.Text.RegularExpressions;
using Coffer.Edge.Configuration;
using Coffer.Edge.Deployment;
using Coffer.Server;

namespace Coffer.Edge.Tests.Admin;

/// <summary>The verbs that administer a server, and the examples of docs/deployment.md, which are run.</summary>
public sealed partial class VerbTests : IDisposable
{
    private readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Documentation_IsTrue()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "deployment.md"));
        var blocks = Block().Matches(page).Select(match => (Language: match.Groups[1].Value, Text: match.Groups[2].Value)).ToList();
        await using var admin = await TestAdmin.StartAsync();
        var one = blocks.Single(block => block.Language == "wat").Text;
        await File.WriteAllTextAsync(folder["one.wat"], one);
        await File.WriteAllTextAsync(folder["two.wat"], one.Replace("say 1", "say 2", StringComparison.Ordinal));
        await File.WriteAllTextAsync(folder["none.wat"], "none");
        var ran = 0;
        foreach (var block in blocks.Where(block => block.Language == "console"))
        {
            var said = "";
            foreach (var command in block.Text.Split('\n').Where(line => line.StartsWith("$ coffer ", StringComparison.Ordinal)))
            {
                var (code, output, error) = await RunAsync(admin, command["$ coffer ".Length..].Split(' ').Select(word => word.EndsWith(".wat", StringComparison.Ordinal) ? folder[word] : word));
                said += $"{command}\n{output}{error}";
                Assert.Equal(error.Length == 0 ? 0 : 1, code);
                ran++;
            }

            Assert.Equal(block.Text, said);
        }

        Assert.True(ran >= 6, $"{ran} commands");
        Assert.Equal("say 1\n", await admin.AskAsync("shop"));
        foreach (var block in blocks.Where(block => block.Language == "json"))
            Assert.NotNull(EdgeConfigurationReader.Read(System.Text.Encoding.UTF8.GetBytes(block.Text), "coffer.json", folder.Path).Admin);
        foreach (var block in blocks.Where(block => block.Language == "json settings"))
            Assert.Equal(50, DeploymentSettings.Parse("shop", block.Text).Rollback!.Requests);
    }

    [Fact]
    public async Task Deploy_WithSettings_ThenLogsAndApps()
    {
        await using var admin = await TestAdmin.StartAsync();
        await File.WriteAllBytesAsync(folder["app.wat"], TestAdmin.Saying("one"));
        await File.WriteAllTextAsync(folder["shop.json"], """{ "routes": ["/here"] }""");
        var (code, output, _) = await RunAsync(admin, ["deploy", folder["app.wat"], "--app", "shop", "--settings", folder["shop.json"]]);
        Assert.Equal(0, code);
        Assert.StartsWith("shop: version 1 serves (", output, StringComparison.Ordinal);
        Assert.Equal("one", await admin.Client.GetStringAsync("/here"));
        Assert.Contains(" already ", (await RunAsync(admin, ["deploy", folder["app.wat"], "--app", "shop"])).Output, StringComparison.Ordinal);
        Assert.Contains("version 1 serves", (await RunAsync(admin, ["logs"])).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(admin, ["logs", "shop", "--tail", "5"])).Code);
        Assert.Contains("\"routes\"", (await RunAsync(admin, ["apps", "--json"])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_WithoutWaiting_ThenOperations()
    {
        await using var admin = await TestAdmin.StartAsync();
        await File.WriteAllBytesAsync(folder["app.wat"], TestAdmin.Saying("one"));
        await File.WriteAllTextAsync(folder["none.wat"], "none");
        var (code, output, _) = await RunAsync(admin, ["deploy", folder["app.wat"], "--app", "shop", "--no-wait"]);
        Assert.Equal(0, code);
        Assert.StartsWith("shop: operation 1 deploys it (sha256:", output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(admin, ["deploy", folder["none.wat"], "--app", "shop", "--no-wait"])).Code);
        await Until.TrueAsync(() => RunAsync(admin, ["apps", "--operations"]).Result.Output is var listed && listed.Contains("serving", StringComparison.Ordinal) && listed.Contains("failed", StringComparison.Ordinal), "they do not end");
        var lines = (await RunAsync(admin, ["apps", "--operations"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^OPERATION  APP +STATE +VERSION  REASON$", lines[0]);
        Assert.Matches("^2 +shop +failed +- +not-loadable: the module cannot be loaded", lines[1]);
        Assert.Matches("^1 +shop +serving +1 +-$", lines[2]);
    }

    [Fact]
    public async Task Logs_Follow_EndsWhenTheServerDoes()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        using var end = new CancellationTokenSource();
        var following = RunAsync(admin, ["logs", "-f"], end.Token);
        await admin.DeployAsync("shop", TestAdmin.Saying("two"));
        await Task.Delay(500);
        await end.CancelAsync();
        var (code, output, _) = await following.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, code);
        Assert.Contains("server: shop: deployed: version 1 serves", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failures_AreOneLine_AndAnExitCode()
    {
        await using var admin = await TestAdmin.StartAsync();
        await File.WriteAllTextAsync(folder["wrong"], "a-token-that-is-wrong");
        await CheckAsync(1, "no app", await RunAsync(admin, ["rollback", "nobody"]));
        await CheckAsync(1, "no such app", await RunAsync(admin, ["logs", "nobody"]));
        await CheckAsync(74, "missing.wasm", await RunAsync(admin, ["deploy", folder["missing.wasm"], "--app", "shop"]));
        await CheckAsync(2, "--app", await RunAsync(admin, ["deploy", folder["missing.wasm"]]));
        await CheckAsync(1, "token", await RunRawAsync(["apps", "--server", admin.Api.BaseAddress!.ToString(), "--token-file", folder["wrong"]]));
        await CheckAsync(2, "no token", await RunRawAsync(["apps", "--server", admin.Api.BaseAddress!.ToString()]));
        await CheckAsync(74, "does not answer", await RunRawAsync(["apps", "--server", "http://127.0.0.1:1", "--token-file", folder["wrong"]]));
        await CheckAsync(2, "no address", await RunRawAsync(["apps", "--server", "nowhere"]));

        static Task CheckAsync(int code, string part, (int Code, string Output, string Error) ran)
        {
            Assert.Equal((code, ""), (ran.Code, ran.Output));
            Assert.Contains(part, ran.Error, StringComparison.Ordinal);
            Assert.Equal(1, ran.Error.Count(unit => unit == '\n'));
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("--state x")]
    [InlineData("")]
    [InlineData("--admin 0.0.0.0:1 --state x")]
    [InlineData("app.wasm --admin-token-file t")]
    [InlineData("app.wasm --recover --check")]
    public async Task Serve_WithHalfOfAdministration_IsRefused(string options)
    {
        await File.WriteAllBytesAsync(folder["app.wasm"], TestAdmin.Saying("one"));
        var (code, _, error) = await RunRawAsync(["serve", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word == "app.wasm" ? folder[word] : word)]);
        Assert.Equal(2, code);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^```([\w ]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private static Task<(int Code, string Output, string Error)> RunAsync(TestAdmin admin, IEnumerable<string> words, CancellationToken cancellation = default) =>
        RunRawAsync([.. words, "--server", admin.Api.BaseAddress!.ToString(), "--token-file", Path.Combine(admin.Edge.Folder, "token")], cancellation);

    private static async Task<(int Code, string Output, string Error)> RunRawAsync(IReadOnlyList<string> words, CancellationToken cancellation = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await ServerCommandLine.RunAsync(words, output, error, cancellation);
        return (code, output.ToString(), error.ToString());
    }
}
