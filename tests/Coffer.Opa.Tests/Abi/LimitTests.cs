namespace Coffer.Opa.Tests.Abi;

/// <summary>What a policy that is not well-behaved cannot do to its host.</summary>
public sealed class LimitTests
{
    private static readonly Engine Engine = new();

    [Fact]
    public void Loop_EndsWithItsDeadline()
    {
        using var policy = Load("(loop $again (br $again))", new PolicyOptions { Deadline = TimeSpan.FromMilliseconds(50) });
        var error = Assert.Throws<PolicyException>(() => policy.Evaluate("test"));
        Assert.Equal(PolicyErrorKind.DeadlinePassed, error.Kind);
        Assert.Contains("50 ms", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loop_EndsWithItsCancellation()
    {
        using var policy = Load("(loop $again (br $again))", new PolicyOptions { Deadline = Timeout.InfiniteTimeSpan });
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var error = Assert.Throws<PolicyException>(() => policy.Evaluate("test", [], source.Token));
        Assert.Equal(PolicyErrorKind.Cancelled, error.Kind);
    }

    [Fact]
    public void Deadline_OfOneEvaluation_IsNotThatOfTheNext()
    {
        using var policy = Load("", new PolicyOptions { Deadline = TimeSpan.FromMilliseconds(500) });
        Assert.True(policy.Evaluate("test").IsTrue);
        Thread.Sleep(1000);
        Assert.True(policy.Evaluate("test").IsTrue);
    }

    [Theory]
    [InlineData("(loop $again (br $again))", "")]
    [InlineData("", "(start $forever) (func $forever (loop $again (br $again)))")]
    public void Loading_EndsWithItsDeadline(string parse, string more)
    {
        var error = Assert.Throws<PolicyException>(() => Policy.Load(
            Engine, WrittenPolicy.Evaluating("", more, parse),
                new PolicyOptions { LoadDeadline = TimeSpan.FromMilliseconds(50) }));
        Assert.Equal(PolicyErrorKind.DeadlinePassed, error.Kind);
        Assert.Contains("LoadDeadline", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadlines_EndLateEvaluationsOnly()
    {
        using var policy = Load("(if (i32.gt_s (local.get 4) (i32.const 0)) (then (loop $again (br $again))))",
            new PolicyOptions { Deadline = TimeSpan.FromMilliseconds(300) });
        var late = Task.Run(() => Assert.Throws<PolicyException>(() => policy.Evaluate("test", "{}"u8)).Kind);
        for (var i = 0; i < 400; i++)
        {
            Assert.True(policy.Evaluate("test").IsTrue);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal(PolicyErrorKind.DeadlinePassed, await late);
    }

    [Theory]
    [InlineData("(unreachable)", PolicyErrorKind.Trapped)]
    [InlineData("(call $abort (i32.const 64))", PolicyErrorKind.Aborted)]
    [InlineData("(call $abort (i32.const -1))", PolicyErrorKind.LimitReached)]
    [InlineData("(drop (call $builtin0 (i32.const 7) (i32.const 0)))", PolicyErrorKind.MissingBuiltin)]
    [InlineData("(return (i32.const -1))", PolicyErrorKind.LimitReached)]
    [InlineData("(drop (call $eval (i32.const 0)(i32.const 0)(i32.const 0)(i32.const 0)(i32.const 1)(i32.const 0)(i32.const 0)))", PolicyErrorKind.LimitReached)]
    [InlineData("(memory.fill (i32.const 0) (i32.const 1) (i32.const 131072)) (return (i32.const 9))",
        PolicyErrorKind.NotAPolicy)]
    public void Misbehaviour_CostsOneEvaluation(string body, PolicyErrorKind kind)
    {
        using var policy = Load($"(if (i32.gt_s (local.get 4) (i32.const 0)) (then {body}))");
        Assert.True(policy.Evaluate("test").IsTrue);
        Assert.Equal(kind, Assert.Throws<PolicyException>(() => policy.Evaluate("test", "{}"u8)).Kind);
        Assert.True(policy.Evaluate("test").IsTrue);
    }

    [Fact]
    public void AnswerThatIsNoResultSet_IsAnError()
    {
        using var policy = Load("(return (i32.const 128))", more: "(data (i32.const 128) \"oops\\00\")");
        Assert.Equal(PolicyErrorKind.NotAPolicy, Assert.Throws<PolicyException>(() => policy.Evaluate("test").Value).Kind);
        Assert.Equal(PolicyErrorKind.NotAPolicy, Assert.Throws<PolicyException>(() => policy.Evaluate("test").IsTrue).Kind);
    }

    [Fact]
    public void Memory_BeyondTheLimit_IsNotGiven()
    {
        using var policy = Load("(if (i32.eq (memory.grow (i32.const 100)) (i32.const -1)) (then (unreachable)))",
            new PolicyOptions { MemoryBytes = 1 << 20 });
        Assert.Equal(PolicyErrorKind.Trapped, Assert.Throws<PolicyException>(() => policy.Evaluate("test")).Kind);
    }

    [Fact]
    public void DisposedPolicy_IsNotEvaluated()
    {
        var policy = Load("");
        policy.Dispose();
        policy.Dispose();
        Assert.Throws<ObjectDisposedException>(() => policy.Evaluate("test"));
    }

    private static Policy Load(string body, PolicyOptions? options = null, string more = "") =>
        Policy.Load(Engine, WrittenPolicy.Evaluating(body, more), options);
}
