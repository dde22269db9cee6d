using System.Text;
using Coffer.Plugins.Testing;
using Coffer.Plugins.Versions;
using Coffer.Tests;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Tests.Extism;

/// <summary>Plugins answer here what they answer in Extism's own SDK.</summary>
public sealed class ReferenceTests
{
    private const string AppliesTo = "Plugin-originated error: ";

    // This SDK frees the key of a variable when the variable is read, which Extism's own runtime does not; so a plugin that uses
    // its key again keeps no variable there.
    private const string FreedKey = "error: attempted to set variable using invalid key address";

    private static ReferenceCase Case(string file, string function, params string[] inputs) =>
        new(TestData.Require(file), [], null, [.. inputs.Select(input => new ReferenceCall(function, Encoding.UTF8.GetBytes(input)))]);

    private static ReferenceCase[] Cases()
    {
        string[] texts = ["hello world", "", "aeiou AEIOU", "Ünïcödé 🎉", new string('a', 5000), "\0\u0001\u007f"];
        return
        [
            Case("extism/extism/code.wasm", "count_vowels", texts),
            Case("extism/extism/code.wasm", "count_vowels", "hello") with { Config = new() { ["vowels"] = "xyzl" } },
            Case("extism/dotnet-sdk/code.wasm", "count_vowels", texts),
            .. texts.Select(text => Case("guests/extism/count_vowels.wasm", "count_vowels", text)),
            Case("guests/extism/count_vowels.wasm", "fail", "", "again"),
            Case("extism/extism/echo.wasm", "echo", [.. texts.Where(text => text.Length > 64)]),
            Case("extism/extism/empty.wasm", "test", "", "x"),
            Case("extism/extism/globals.wasm", "globals", "", "", ""),
            Case("extism/extism/allocations.wasm", "allocations", "", ""),
            Case("extism/extism/unreachable.wasm", "do_unreachable", ""),
            Case("extism/extism/code-functions.wasm", "count_vowels", "hello world", "aaa") with { Functions = "user" },
            Case("extism/dotnet-sdk/alloc.wasm", "run_test", ""),
            Case("extism/dotnet-sdk/fail.wasm", "run_test", "", ""),
            Case("extism/dotnet-sdk/config.wasm", "run_test", "") with { Config = new() { ["thing"] = "some value" } },
            Case("extism/dotnet-sdk/config.wasm", "run_test", ""),
            Case("extism/dotnet-sdk/log.wasm", "run_test", ""),
            Case("extism/dotnet-sdk/float.wasm", "addf64", "") with { Functions = "float" },
            Case("extism/dotnet-sdk/float.wasm", "addf32", "") with { Functions = "float" },
            Case("extism/js-sdk/hello.wasm", "run_test", "", "x"),
            Case("extism/js-sdk/log.wasm", "run_test", ""),
            Case("extism/js-sdk/input_offset.wasm", "input_offset_length", "hello", "hello world"),
            Case("extism/js-sdk/02-var-reflected.wasm", "test", "") with { Functions = "reflect" },
            Case("extism/js-sdk/hello.wasm", "no_such_function", ""),
        ];
    }

    [Fact]
    public async Task AllPlugins_AnswerAsTheReferenceDoes()
    {
        var cases = Cases();
        var expected = await ReferenceSdk.RunAsync(cases, TestContext.Current.CancellationToken);
        var differences = new List<string>();
        for (var i = 0; i < cases.Length; i++)
        {
            var actual = await RunAsync(cases[i]);
            var name = $"{Path.GetFileName(Path.GetDirectoryName(cases[i].Path))}/{Path.GetFileName(cases[i].Path)} {cases[i].Calls[0].Name}";
            if (expected[i].Failure is { } failure) differences.Add($"{name}: not loaded by the reference: {failure}");
            for (var call = 0; call < expected[i].Answers.Length; call++)
            {
                if (Compare(expected[i].Answers[call], actual.Answers[call]) is { } difference) differences.Add($"{name}, call {call}: {difference}");
            }

            var logs = expected[i].Logs.Where(line => !line.StartsWith(FreedKey, StringComparison.Ordinal));
            if (!logs.SequenceEqual(actual.Logs)) differences.Add($"{name}: logs [{string.Join("; ", expected[i].Logs)}], here [{string.Join("; ", actual.Logs)}]");
            if (!expected[i].Seen.SequenceEqual(actual.Seen)) differences.Add($"{name}: the host saw [{string.Join("; ", expected[i].Seen)}], here [{string.Join("; ", actual.Seen)}]");
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    /// <summary>Errors of the plugin have the same text; what the engines say of a trap is their own.</summary>
    private static string? Compare(ReferenceAnswer expected, ReferenceAnswer actual)
    {
        if (expected.Error is null) return actual.Output is not null && expected.Output!.AsSpan().SequenceEqual(actual.Output) ? null : $"answered {Show(expected)}, here {Show(actual)}";
        if (actual.Error is null) return $"failed with {expected.Error}, here {Show(actual)}";
        var isThePlugins = expected.Error.StartsWith(AppliesTo, StringComparison.Ordinal);
        return !isThePlugins || actual.Error.EndsWith(expected.Error[AppliesTo.Length..], StringComparison.Ordinal) ? null : $"failed with {expected.Error}, here with {actual.Error}";
    }

    private static string Show(ReferenceAnswer answer) => answer.Error ?? $"\"{Encoding.UTF8.GetString(answer.Output!)}\"";

    private static async Task<ReferenceResult> RunAsync(ReferenceCase reference)
    {
        var logs = new RecordedLogs();
        var seen = new List<string>();
        await using var host = new PluginHost(new PluginHostOptions { Loggers = logs });
        var plugin = await host.LoadAsync("p", PluginSource.FromFile(reference.Path), new PluginOptions
        {
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMinutes(1) },
            Instances = InstancePolicy.LongLived,
            Restarts = new RestartBackoffOptions { Initial = TimeSpan.Zero },
            Config = PluginOptions.Default.Config.AddRange(reference.Config),
            Functions = reference.Functions switch
            {
                "user" => [new PluginFunction("extism:host/user", "hello_world", (Caller caller, long offset) =>
                {
                    seen.Add(PluginSandbox.Of(caller).ReadText(offset));
                    return PluginSandbox.Of(caller).StoreText("wow okay then");
                })],
                "reflect" => [new PluginFunction("user", "test", (Caller caller, long offset) => seen.Add(PluginSandbox.Of(caller).ReadText(offset)))],
                "float" => [new PluginFunction("example", "getf64", () => 8.5), new PluginFunction("example", "getf32", () => 7.5f)],
                _ => [],
            },
        }, TestContext.Current.CancellationToken);
        var answers = reference.Calls.Select(call =>
        {
            try
            {
                return new ReferenceAnswer(plugin.Call(call.Name, call.Input).Output.ToArray(), null);
            }
            catch (PluginException failure)
            {
                return new ReferenceAnswer(null, failure.Message);
            }
        }).ToArray();
        return new ReferenceResult(answers, [.. logs.Said.Select(line => $"{NameOf(line.Level)}: {line.Text}")], [.. seen], null);
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => level.ToString().ToLowerInvariant(),
    };
}
