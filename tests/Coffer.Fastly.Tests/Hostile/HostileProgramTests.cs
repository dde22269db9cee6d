namespace Coffer.Fastly.Tests.Hostile;

/// <summary>Programs that do not do what programs should.</summary>
public sealed class HostileProgramTests
{
    private const string Imports = """
        (import "fastly_http_resp" "new" (func $response (param i32) (result i32)))
        (import "fastly_http_body" "new" (func $body (param i32) (result i32)))
        (import "fastly_http_body" "write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
        (import "fastly_http_resp" "send_downstream" (func $send (param i32 i32 i32) (result i32)))
        (import "fastly_http_req" "of_the_future" (func $unknown (param i32 i64 f64) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        """;

    private const string Send = """
        (drop (call $response (i32.const 8))) (drop (call $body (i32.const 12)))
        (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 1)))
        (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 16)))
        """;

    private static string Program(string start) => $"(module {Imports} (memory (export \"memory\") 1) (func (export \"_start\") {start}))";

    [Theory]
    [InlineData("", FastlyOutcome.NoResponse, 500, "without a response")]
    [InlineData("(unreachable)", FastlyOutcome.Trapped, 500, "unreachable")]
    [InlineData("(call $exit (i32.const 4))", FastlyOutcome.Exited, 500, "code 4")]
    [InlineData("(drop (call $unknown (i32.const 1) (i64.const 1) (f64.const 1)))", FastlyOutcome.Trapped, 500, "fastly_http_req.of_the_future")]
    [InlineData("(loop $l (br $l))", FastlyOutcome.DeadlinePassed, 504, "deadline")]
    public async Task Program_WithoutAResponse_IsAnError(string start, FastlyOutcome outcome, int status, string reason)
    {
        using var application = await TestApplication.OfTextAsync(Program(start));
        var response = new TestResponse();
        var result = application.Run(new TestRequest(), response, TimeSpan.FromMilliseconds(300));
        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(status, result.StatusCode);
        Assert.False(result.HasResponded);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
        Assert.Null(response.Head);
    }

    [Theory]
    [InlineData("(unreachable)", FastlyOutcome.Trapped)]
    [InlineData("(loop $l (br $l))", FastlyOutcome.DeadlinePassed)]
    public async Task Program_ThatFailsAfterItsResponse_AbortsIt(string end, FastlyOutcome outcome)
    {
        using var application = await TestApplication.OfTextAsync(Program(Send + end));
        var response = new TestResponse();
        var result = application.Run(new TestRequest(), response, TimeSpan.FromMilliseconds(300));
        await result.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(outcome, result.Outcome);
        Assert.True(result.HasResponded);
        Assert.Equal(200, response.Status);
        Assert.NotNull(response.AbortReason);
    }

    [Fact]
    public async Task Program_WithoutMemoryOrStart_IsRefused()
    {
        foreach (var (wat, reason) in new[] { ("(module (memory (export \"memory\") 1))", "_start"), ($"(module {Imports} (func (export \"_start\")))", "memory"), ("(module (import \"env\" \"g\" (global i32)) (memory (export \"memory\") 1) (func (export \"_start\")))", "cannot be linked") })
        {
            var failure = await Assert.ThrowsAsync<FastlyException>(() => TestApplication.OfTextAsync(wat));
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Client_ThatLeaves_EndsTheGuest()
    {
        using var application = await TestApplication.OfTextAsync(Program("(loop $l (br $l))"));
        using var leaving = new CancellationTokenSource(100);
        var result = application.Run(new TestRequest(), new TestResponse(), cancellation: leaving.Token);
        Assert.Equal(FastlyOutcome.Cancelled, result.Outcome);
        Assert.Equal(499, result.StatusCode);
    }

    [Fact]
    public async Task Client_ThatNeverReads_EndsWithTheDeadline()
    {
        var start = Send + "(loop $l (drop (call $write (i32.load (i32.const 12)) (i32.const 0) (i32.const 60000) (i32.const 0) (i32.const 16))) (br $l))";
        using var application = await TestApplication.OfTextAsync(Program(start));
        using var end = new CancellationTokenSource();
        var response = new TestResponse { Gate = new TaskCompletionSource().Task };
        var result = application.Run(new TestRequest(), response, TimeSpan.FromMilliseconds(500), end.Token);
        Assert.Equal(FastlyOutcome.DeadlinePassed, result.Outcome);
        // The server still waits for the client; when that goes, all ends.
        Assert.False(result.Completion.IsCompleted);
        await end.CancelAsync();
        await result.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(response.AbortReason);
    }

    [Fact]
    public async Task Memory_BeyondTheLimit_IsALimit()
    {
        using var application = await TestApplication.OfTextAsync("""(module (memory (export "memory") 200) (func (export "_start")))""");
        using var store = new Store(application.Application.Module.Engine, new StoreLimits { MemoryBytes = 1 << 20 });
        var result = application.Application.Run(store, new TestRequest(), new TestResponse());
        Assert.Equal(FastlyOutcome.LimitReached, result.Outcome);
        Assert.Equal(503, result.StatusCode);
    }

    [Theory]
    [InlineData("exit_code_4.wat", FastlyOutcome.Exited)]
    [InlineData("trapping.wat", FastlyOutcome.Trapped)]
    public async Task Programs_OfTheLocalServersTests_EndAsTheyShould(string file, FastlyOutcome outcome)
    {
        using var application = await TestApplication.OfTextAsync(await File.ReadAllTextAsync(TestData.Require($"fastly/viceroy/cli/tests/wasm/{file}")));
        Assert.Equal(outcome, application.Run(new TestRequest(), new TestResponse()).Outcome);
    }
}
