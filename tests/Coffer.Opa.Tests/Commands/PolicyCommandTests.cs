using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Coffer.Opa.Tests.Bundles;
using Coffer.Opa.Values;
using Coffer.Server;

namespace Coffer.Opa.Tests.Commands;

/// <summary><c>coffer policy</c>: what it prints, what it returns, and bundles that change while they are served.</summary>
public sealed partial class PolicyCommandTests : IDisposable
{
    private static readonly string Policy = Path.Combine(AppContext.BaseDirectory, "policy", "orders.wasm");
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-policy-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Eval_PrintsTheResult_OrThatThereIsNone()
    {
        var input = Write("input.json", """{"method":"GET","user":"bob"}""");
        Assert.Equal((0, """{"result":true}""", ""), await RunAsync("eval", "--bundle", Policy, "--input", input, "orders/allow"));
        Assert.Equal((0, "{}", ""), await RunAsync("eval", "--bundle", Policy, "no/such"));
        Assert.Equal((1, "{}", ""), await RunAsync("eval", "--bundle", Policy, "--fail", "no/such"));
    }

    [Theory]
    [InlineData(2, "is no archive", "eval", "--bundle", "{folder}/broken", "a")]
    [InlineData(74, "Could not find", "eval", "--bundle", "{folder}/missing", "a")]
    [InlineData(2, "not signed", "eval", "--bundle", "{folder}/bundle.tar.gz", "--verification-key", "{folder}/broken",
        "--signing-alg", "HS256", "a")]
    [InlineData(2, "--http", "eval", "--bundle", "{policy}", "--http", "ftp://x", "a")]
    [InlineData(2, "has no array", "test", "--bundle", "{policy}", "{folder}/input.json")]
    [InlineData(2, "not JSON", "eval", "--bundle", "{policy}", "--input", "{folder}/broken", "a")]
    public async Task Mistake_IsTold(int code, string message, params string[] line)
    {
        Write("broken", "this is not it");
        Write("input.json", "{}");
        WriteBundle("carl");
        var (actual, output, error) = await RunAsync(
            [.. line.Select(word => word.Replace("{folder}", folder.FullName, StringComparison.Ordinal)
                .Replace("{policy}", Policy, StringComparison.Ordinal))]);
        Assert.Equal((code, ""), (actual, output));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_ComparesCases()
    {
        var cases = Write("cases.json", """
            {"cases": [
              {"note": "right", "path": "orders/allow", "input": {"method": "GET", "user": "x"}, "want": true},
              {"note": "wrong", "path": "orders/allow", "input": {"method": "PUT", "user": "x"}, "want": true},
              {"note": "undefined", "path": "orders/none"},
              {"note": "own data", "path": "orders/allow", "data": {"roles": {"x": "admin"}}, "input": {"method": "PUT", "user": "x"}, "want": true},
              {"note": "data put back", "path": "orders/allow", "input": {"method": "PUT", "user": "x"}, "want": false}]}
            """);
        var (code, output, _) = await RunAsync("test", "--bundle", Policy, cases);
        Assert.Equal(1, code);
        Assert.Equal(["pass  right", "FAIL  wrong: false instead of true", "pass  undefined", "pass  own data",
            "pass  data put back", "4 passed, 1 failed"], output.Split('\n'));
    }

    [Fact]
    public async Task Bench_WithSwaps_FailsNoDecision()
    {
        WriteBundle("carl");
        var input = Write("input.json", """{"method":"POST","user":"carl"}""");
        var (code, output, _) = await RunAsync(
            "bench", "--bundle", Path.Combine(folder.FullName, "bundle.tar.gz"), "--input", input, "--threads", "2",
            "--swaps", "20", "orders/allow");
        Assert.Equal(0, code);
        Assert.Contains(" 0 failed or different", output, StringComparison.Ordinal);
        Assert.Contains("20 swaps", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_ReadsBundlesAgain_AndKeepsTheOldOnesWhenTheyAreBroken()
    {
        WriteBundle("carl");
        using var stop = new CancellationTokenSource();
        var error = new StringWriter();
        var log = Path.Combine(folder.FullName, "decisions.jsonl");
        var serving = ServerCommandLine.RunAsync(
            ["policy", "serve", "--bundle", Path.Combine(folder.FullName, "bundle.tar.gz"), "--addr", "127.0.0.1:0",
                "--decision-log", log, "--mask", "/input/user"],
            TextWriter.Null, TextWriter.Synchronized(error), stop.Token);
        await WaitAsync(() => Address().IsMatch(error.ToString()));
        using var client = new HttpClient { BaseAddress = new Uri(Address().Match(error.ToString()).Groups[1].Value) };
        Assert.True(await MayAddAsync(client, "carl"));
        Assert.False(await MayAddAsync(client, "dora"));
        WriteBundle("dora");
        await WaitAsync(() => error.ToString().Contains("version 2 decides", StringComparison.Ordinal));
        Assert.True(await MayAddAsync(client, "dora"));
        Assert.False(await MayAddAsync(client, "carl"));
        Write("bundle.tar.gz", "broken");
        await WaitAsync(() => error.ToString().Contains("the old ones stay", StringComparison.Ordinal));
        Assert.True(await MayAddAsync(client, "dora"));
        await stop.CancelAsync();
        Assert.Equal(0, await serving);
        var lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.DoesNotContain("carl", line, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"listening at (\S+)")]
    private static partial Regex Address();

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 600 && !condition(); i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }

    private static async Task<bool> MayAddAsync(HttpClient client, string user)
    {
        using var response = await client.PostAsJsonAsync(
            "/v1/data/orders/allow", new { input = new { method = "POST", user } }, TestContext.Current.CancellationToken);
        var body = (RegoObject)RegoValue.Parse(
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        return body["result"] == (RegoValue)true;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] line)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await ServerCommandLine.RunAsync(["policy", .. line], output, error);
        var text = output.ToString().TrimEnd('\n');
        return (code, line[0] == "eval" && text.Length > 0 ? RegoValue.Parse(text).ToJson() : text, error.ToString());
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    private void WriteBundle(string clerk) =>
        File.WriteAllBytes(Path.Combine(folder.FullName, "bundle.tar.gz"), new BundleArchive()
        .Add("policy.wasm", File.ReadAllBytes(Policy)).Add("data.json", $$$"""{"roles":{"{{{clerk}}}":"clerk"}}""").ToArray());
}
