using System.Text;
using System.Text.Json;
using Coffer.Plugins.Testing;
using Coffer.Tests;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Tests.Extism;

/// <summary>Plugins that Extism's own SDKs are tested with: each does what its name says.</summary>
public sealed class ExtismPluginTests : IAsyncDisposable
{
    private readonly RecordedLogs logs = new();
    private readonly PluginHost host;

    public ExtismPluginTests() => host = new PluginHost(new PluginHostOptions { Loggers = logs });

    public ValueTask DisposeAsync() => host.DisposeAsync();

    // What these tests are about is not time, and a machine may be busy; those that are say what is their limit.
    private static PluginOptions Patient => new() { Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMinutes(1) } };

    private Task<Plugin> Load(string file, PluginOptions? options = null) =>
        host.LoadAsync(file, PluginSource.FromFile(TestData.Require(file)), options ?? Patient, TestContext.Current.CancellationToken);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [InlineData("extism/extism/code.wasm")]
    [InlineData("extism/dotnet-sdk/code.wasm")]
    public async Task Code_CountsVowelsAndKeepsTheTotal(string file)
    {
        var plugin = await Load(file, new PluginOptions { Instances = InstancePolicy.LongLived });
        var first = JsonDocument.Parse(plugin.Call("count_vowels", Utf8("hello world")).Output).RootElement;
        Assert.Equal((3, 3, "aeiouAEIOU"), (first.GetProperty("count").GetInt32(), first.GetProperty("total").GetInt32(), first.GetProperty("vowels").GetString()));
        var second = JsonDocument.Parse(plugin.Call("count_vowels", Utf8("aaa")).Output).RootElement;
        Assert.Equal((3, 6), (second.GetProperty("count").GetInt32(), second.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task Code_WithConfig_CountsThoseVowels()
    {
        var plugin = await Load("extism/extism/code.wasm", new PluginOptions { Config = PluginOptions.Default.Config.Add("vowels", "l") });
        var answer = JsonDocument.Parse(plugin.Call("count_vowels", Utf8("hello world")).Output).RootElement;
        Assert.Equal((3, "l"), (answer.GetProperty("count").GetInt32(), answer.GetProperty("vowels").GetString()));
    }

    [Fact]
    public async Task Echo_AnyLength_GivesItBack()
    {
        var plugin = await Load("extism/extism/echo.wasm");
        foreach (var length in (int[])[1, 7, 8, 9, 1024, 1 << 20])
        {
            var input = new byte[length];
            new Random(length).NextBytes(input);
            Assert.Equal(input, plugin.Call("echo", input).Output.ToArray());
        }
    }

    [Fact]
    public async Task Empty_SaysNothing()
    {
        var plugin = await Load("extism/extism/empty.wasm");
        Assert.Empty(plugin.Call("test").Output.ToArray());
        Assert.Equal([(LogLevel.Information, "")], logs.Said);
    }

    [Fact]
    public async Task Allocations_ManyTimes_AreGivenBack()
    {
        var plugin = await Load("extism/extism/allocations.wasm");
        for (var i = 0; i < 10; i++) plugin.Call("allocations");
    }

    [Fact]
    public async Task Alloc_AllocatesAndFrees()
    {
        var plugin = await Load("extism/dotnet-sdk/alloc.wasm");
        plugin.Call("run_test");
    }

    [Fact]
    public async Task Globals_OfALongLivedPlugin_Count()
    {
        var plugin = await Load("extism/extism/globals.wasm", new PluginOptions { Instances = InstancePolicy.LongLived });
        for (var i = 0; i < 100; i++) Assert.Equal($$"""{"count": {{i}}}""", plugin.Call("globals").Text);
    }

    [Fact]
    public async Task Unreachable_Traps()
    {
        var plugin = await Load("extism/extism/unreachable.wasm");
        var failure = Assert.Throws<PluginException>(() => plugin.Call("do_unreachable"));
        Assert.Equal(PluginFailure.Trapped, failure.Failure);
        Assert.Contains(failure.Trace, frame => frame.FunctionName == "do_unreachable()");
    }

    [Theory]
    [InlineData("extism/extism/loop.wasm", "loop_forever")]
    [InlineData("extism/dotnet-sdk/loop.wasm", "loop_forever")]
    [InlineData("extism/js-sdk/loop-forever.wasm", "loop")]
    public async Task Loop_IsEndedByItsDeadline(string file, string function)
    {
        var plugin = await Load(file, new PluginOptions { Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(100) } });
        Assert.Equal(PluginFailure.TimedOut, Assert.Throws<PluginException>(() => plugin.Call(function)).Failure);
    }

    [Fact]
    public async Task LoopForeverInit_IsNotLoaded()
    {
        var options = new PluginOptions { Limits = PluginLimits.Default with { StartTimeout = TimeSpan.FromMilliseconds(100) } };
        var failure = await Assert.ThrowsAsync<PluginException>(() => Load("extism/js-sdk/loop-forever-init.wasm", options));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
        Assert.Contains("StartTimeout", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fail_SaysWhy()
    {
        var plugin = await Load("extism/dotnet-sdk/fail.wasm");
        var failure = Assert.Throws<PluginException>(() => plugin.Call("run_test"));
        Assert.Equal(PluginFailure.Refused, failure.Failure);
        Assert.Contains("Some error message", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_Greets()
    {
        var plugin = await Load("extism/js-sdk/hello.wasm");
        Assert.Equal("Hello, world!", plugin.Call("run_test").Text);
    }

    [Fact]
    public async Task WasiStdout_IsLogged()
    {
        var plugin = await Load("extism/js-sdk/wasistdout.wasm");
        plugin.Call("say_hello");
        Assert.Equal([(LogLevel.Information, "hello world")], logs.Said);
    }

    [Theory]
    [InlineData("extism/dotnet-sdk/log.wasm", 4)]
    [InlineData("extism/js-sdk/log.wasm", 5)]
    public async Task Log_SaysItAtEachLevel(string file, int levels)
    {
        var plugin = await Load(file);
        plugin.Call("run_test");
        (LogLevel, string)[] expected =
        [
            (LogLevel.Trace, "this is a trace log"), (LogLevel.Information, "this is an info log"), (LogLevel.Debug, "this is a debug log"),
            (LogLevel.Warning, "this is a warning log"), (LogLevel.Error, "this is an erorr log"), (LogLevel.Error, "this is an error log"),
        ];
        Assert.Equal(levels, logs.Said.Count);
        Assert.All(logs.Said, line => Assert.Contains(line, expected));
    }

    [Fact]
    public async Task Config_ReadsASetting()
    {
        var plugin = await Load("extism/dotnet-sdk/config.wasm", new PluginOptions { Config = PluginOptions.Default.Config.Add("thing", "hello") });
        Assert.Equal("""{"config": "hello"}""", plugin.Call("run_test").Text);
    }

    [Fact]
    public async Task Float_CallsTheHostWithFloats()
    {
        var plugin = await Load("extism/dotnet-sdk/float.wasm", new PluginOptions
        {
            Functions = [new PluginFunction("example", "getf64", () => 8.5), new PluginFunction("example", "getf32", () => 7.5f)],
        });
        Assert.Equal(9.5, BitConverter.ToDouble(plugin.Call("addf64").Output.Span), 5);
        Assert.Equal(8.5f, BitConverter.ToSingle(plugin.Call("addf32").Output.Span), 5);
    }

    [Fact]
    public async Task Sleep_InTheGuest_IsEndedByItsDeadline()
    {
        var options = new PluginOptions
        {
            Config = PluginOptions.Default.Config.Add("duration", "5"),
            Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromMilliseconds(200) },
            Grants = new Capabilities.CapabilitySet(
                new Capabilities.Grants.ClockGrant(Capabilities.Grants.GuestClock.Wall), new Capabilities.Grants.ClockGrant(Capabilities.Grants.GuestClock.Monotonic)),
        };
        var plugin = await Load("extism/dotnet-sdk/sleep.wasm", options);
        Assert.Equal(PluginFailure.TimedOut, Assert.Throws<PluginException>(() => plugin.Call("run_test")).Failure);
    }

    [Fact]
    public async Task Sleep_ByTheHostsClock_CallsBack()
    {
        var now = 0L;
        var notified = 0;
        var plugin = await Load("extism/js-sdk/sleep.wasm", new PluginOptions
        {
            Functions =
            [
                new PluginFunction("extism:host/user", "get_now_ms", () => now += 10),
                new PluginFunction("extism:host/user", "notify", () => { notified++; }),
            ],
        });
        plugin.Call("sleep", Utf8("""{"duration_ms":50}"""));
        Assert.Equal(1, notified);
    }

    [Fact]
    public async Task CodeFunctions_CallsTheHostWithContext()
    {
        object? seen = null;
        string? said = null;
        var plugin = await Load("extism/extism/code-functions.wasm", new PluginOptions
        {
            Functions =
            [
                new PluginFunction("extism:host/user", "hello_world", (Caller caller, long offset) =>
                {
                    var sandbox = PluginSandbox.Of(caller);
                    (seen, said) = (sandbox.HostContext, sandbox.ReadText(offset));
                    return sandbox.StoreText("wow okay then");
                }),
            ],
        });
        var context = new object();
        Assert.Equal("wow okay then", plugin.Call("count_vowels", Utf8("hello world"), context).Text);
        Assert.Same(context, seen);
        Assert.Equal("""{"count": 3}""", said);
    }

    [Fact]
    public async Task InputOffset_GivesTheLengthOfTheInput()
    {
        var plugin = await Load("extism/js-sdk/input_offset.wasm");
        Assert.Equal(11, BitConverter.ToInt64(plugin.Call("input_offset_length", Utf8("hello world")).Output.Span));
    }

    [Theory]
    [InlineData("extism/js-sdk/02-var-reflected.wasm")]
    [InlineData("extism/js-sdk/02-var-reflected.wat")]
    public async Task VarReflected_KeepsAVariable(string file)
    {
        var values = new List<string>();
        var plugin = await Load(file, new PluginOptions
        {
            Functions = [new PluginFunction("user", "test", (Caller caller, long offset) => values.Add(PluginSandbox.Of(caller).ReadText(offset)))],
        });
        plugin.Call("test");
        Assert.Equal(["hi there"], values);
    }

    [Fact]
    public async Task CountVowels_InC_KeepsATotalAndFails()
    {
        var plugin = await Load("guests/extism/count_vowels.wasm", new PluginOptions { Instances = InstancePolicy.LongLived });
        Assert.Equal("""{"count":3,"total":3}""", plugin.Call("count_vowels", Utf8("hello world")).Text);
        Assert.Equal("""{"count":2,"total":5}""", plugin.Call("count_vowels", Utf8("aE")).Text);
        Assert.Contains("deliberate error", Assert.Throws<PluginException>(() => plugin.Call("fail")).Message, StringComparison.Ordinal);
        Assert.Equal("""{"count":1,"total":6}""", plugin.Call("count_vowels", Utf8("i")).Text);
        Assert.Contains((LogLevel.Information, "counted"), logs.Said);
    }
}
