using Coffer.Edge.Configuration;

namespace Coffer.Edge.Tests.Wagi;

public sealed class ReuseTests
{
    private const string Reuse = "\"requestsPerInstance\": 3, \"limits\": { \"concurrency\": 1 }";

    // Counts in its memory, and answers with the count.
    private static string Counting => Programs.Running("""
        (i32.store (i32.const 4000) (i32.add (i32.load (i32.const 4000)) (i32.const 1)))
        (i32.store8 (i32.const 1050) (i32.add (i32.load (i32.const 4000)) (i32.const 48)))
        (call $print (i32.const 1024) (i32.const 27))
        """, "Content-Type: text/plain\n\n");

    private static async Task<string> AskAsync(TestEdge edge, int times)
    {
        var answers = "";
        for (var i = 0; i < times; i++) answers += await edge.Client.GetStringAsync("/");
        return answers;
    }

    [Fact]
    public async Task Fresh_EachRequest_SeesNothingOfTheOthers()
    {
        await using var edge = await TestEdge.OfAppAsync(Counting);
        Assert.Equal("1111", await AskAsync(edge, 4));
    }

    [Fact]
    public async Task Reuse_SandboxServesSoMany()
    {
        await using var edge = await TestEdge.OfAppAsync(Counting, Reuse);
        Assert.Equal("1231231", await AskAsync(edge, 7));
    }

    [Fact]
    public async Task Reuse_FailedSandbox_ServesNobodyElse()
    {
        var program = Programs.Running("""
            (if (i32.eq (i32.load (i32.const 4000)) (i32.const 2)) (then unreachable))
            (i32.store (i32.const 4000) (i32.add (i32.load (i32.const 4000)) (i32.const 1)))
            (call $print (i32.const 1024) (i32.const 27))
            """, "Content-Type: text/plain\n\nx");
        await using var edge = await TestEdge.OfAppAsync(program, Reuse);
        Assert.Equal("xx", await AskAsync(edge, 2));
        using var failed = await edge.Client.GetAsync("/");
        Assert.Equal(500, (int)failed.StatusCode);
        Assert.Equal("xx", await AskAsync(edge, 2));
    }

    [Fact]
    public async Task Reuse_SecondStartTraps_RefusedAtLoad()
    {
        var program = Programs.Running("(if (i32.load (i32.const 4000)) (then unreachable)) (i32.store (i32.const 4000) (i32.const 1))");
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => TestEdge.OfAppAsync(program, Reuse));
        Assert.Contains("cannot be started twice", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reuse_EnvironmentReadOnce_RefusedAtLoad()
    {
        var program = Programs.Running("""
            (if (i32.eqz (i32.load (i32.const 4000))) (then
              (i32.store (i32.const 4000) (i32.const 1))
              (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))))
            """);
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => TestEdge.OfAppAsync(program, Reuse));
        Assert.Contains("at its first start only", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reuse_LimitOfTime_IsThatOfEachRequest()
    {
        var program = Programs.Running("""
            (local $i i64)
            (loop $l (br_if $l (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 1))) (i64.const 30000000))))
            (call $print (i32.const 1024) (i32.const 27))
            """, "Content-Type: text/plain\n\nx");
        await using var edge = await TestEdge.OfAppAsync(program, "\"requestsPerInstance\": 1000, \"limits\": { \"time\": \"3s\", \"concurrency\": 1 }");
        var deadline = DateTime.UtcNow.AddSeconds(4);
        while (DateTime.UtcNow < deadline) Assert.Equal("x", await edge.Client.GetStringAsync("/"));
    }
}
