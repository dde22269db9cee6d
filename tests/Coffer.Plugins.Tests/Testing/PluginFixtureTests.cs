using Coffer.Plugins.Testing;
using Coffer.Plugins.Tests.Lifecycle;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Tests.Testing;

public sealed class PluginFixtureTests
{
    // Asks the host what to say to its input, logs it, and gives it back; fails without input.
    private const string Echoes = $$"""
        (module {{Wat.Kernel}}
          (import "app" "reword" (func $reword (param i64 i32) (result i64)))
          (import "app" "done" (func $done (param f64)))
          (import "extism:host/env" "length" (func $length (param i64) (result i64)))
          (func (export "say") (result i32) (local $at i64)
            (if (i64.eqz (call $input_length)) (then unreachable))
            (local.set $at (call $reword (call $input_offset) (i32.const 3)))
            (if (i64.eqz (local.get $at)) (then (local.set $at (call $input_offset))))
            (call $log_info (local.get $at))
            (call $output_set (local.get $at) (call $length (local.get $at)))
            (call $done (f64.const 1.5))
            (i32.const 0)))
        """;

    [Fact]
    public async Task Fixture_FakesAndRecords()
    {
        var functions = new FakeFunctions().Add("app", "reword", (Caller caller, long at, int times) =>
            PluginSandbox.Of(caller).StoreText(string.Concat(Enumerable.Repeat(PluginSandbox.Of(caller).ReadText(at), times))));
        await using var fixture = await PluginFixture.LoadAsync(PluginSource.FromText(Echoes), null, functions);
        fixture.RequireAnswer("say", "ho", "hohoho");
        fixture.RequireLogged(LogLevel.Information, "hohoho");
        var call = Assert.Single(fixture.RequireCalled("app", "reword"));
        Assert.Equal(("ho", 3), (call.Texts[0], (int)call.Arguments[1]));
        Assert.Equal("app.done(1.5)", Assert.Single(fixture.RequireCalled("app", "done")).ToString());
        fixture.RequireFailure("say", "", PluginFailure.Trapped);
    }

    [Fact]
    public async Task Fixture_WithoutFakes_FunctionsAnswerZero()
    {
        await using var fixture = await PluginFixture.LoadAsync(PluginSource.FromText(Echoes));
        fixture.RequireAnswer("say", "as it is", "as it is");
        fixture.RequireCalled("app", "reword");
    }

    [Fact]
    public async Task Assertions_ThatDoNotHold_SayWhatThereWas()
    {
        await using var fixture = await PluginFixture.LoadAsync(PluginSource.FromText(Echoes));
        Assert.Contains("answered \"x\", and not \"y\"", Assert.Throws<PluginAssertionException>(() => fixture.RequireAnswer("say", "x", "y")).Message, StringComparison.Ordinal);
        Assert.Contains("Information: x", Assert.Throws<PluginAssertionException>(() => fixture.RequireLogged(LogLevel.Error, "x")).Message, StringComparison.Ordinal);
        Assert.Contains("1 times, and not 2", Assert.Throws<PluginAssertionException>(() => fixture.RequireCalled("app", "reword", 2)).Message, StringComparison.Ordinal);
        Assert.Contains("should have failed", Assert.Throws<PluginAssertionException>(() => fixture.RequireFailure("say", "x", PluginFailure.Trapped)).Message, StringComparison.Ordinal);
        Assert.Contains("Trapped and not Refused", Assert.Throws<PluginAssertionException>(() => fixture.RequireFailure("say", "", PluginFailure.Refused)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fixture_OfAPluginThatDoesNotStart_SaysWhy() =>
        await Assert.ThrowsAsync<PluginException>(() => PluginFixture.LoadAsync(PluginSource.FromText("(module (func $s unreachable) (start $s))")));
}
