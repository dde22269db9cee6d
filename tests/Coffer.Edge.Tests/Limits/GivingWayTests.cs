using System.Net;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;

namespace Coffer.Edge.Tests.Limits;

/// <summary>Guests that compute for long give way, and are ended by their limits all the same.</summary>
public sealed class GivingWayTests
{
    private const string Loop = "(loop $l (br $l))";

    [Fact]
    public void Thread_GivesWay_AndComesBack()
    {
        RequireNiceness();
        RunOnThread(() =>
        {
            var thread = Niceness.ThisThread();
            Assert.True(Niceness.TryGiveWay(thread));
            Assert.InRange(Niceness.OfThisThread, 1, 19);
            Niceness.TakeBack();
            Assert.Equal(0, Niceness.OfThisThread);
        });
    }

    [Fact]
    public void Thread_StartedByOneThatGivesWay_IsAsOthersOnceItIsKnown()
    {
        RequireNiceness();
        RunOnThread(() =>
        {
            Assert.True(Niceness.TryGiveWay(Niceness.ThisThread()));
            RunOnThread(() =>
            {
                Assert.NotEqual(0, Niceness.OfThisThread);
                _ = Niceness.ThisThread();
                Assert.Equal(0, Niceness.OfThisThread);
            });
        });
    }

    // Not to be given way, no limit and no answer depends on it.
    [Fact]
    public void Thread_ThatThereIsNot_IsRefused()
    {
        Assert.False(Niceness.TryGiveWay(0));
        Assert.False(Niceness.TryGiveWay(int.MaxValue));
        Assert.Equal(0, Niceness.OfThisThread);
    }

    [Theory]
    [InlineData("\"time\": \"150ms\"", "limits.time")]
    [InlineData("\"cpu\": \"50ms\"", "limits.cpu")]
    public async Task Loops_OneAfterAnother_GiveWayAndEndAtTheirLimit(string limit, string named)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the processor time of threads is read on Linux only");
        await using var edge = await TestEdge.OfAppAsync(Programs.Running(Loop), $"\"limits\": {{ {limit} }}");
        // The first runs on a thread of the pool, the next ones on threads of their own, which are nice from the start.
        for (var i = 0; i < 4; i++)
        {
            using var response = await edge.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
            Assert.True(App(edge).Pace.IsLong);
        }

        Assert.Equal(4, edge.Log.Lines.Count(line => line.Contains(named, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Loops_AllAtOnce_OthersAreServedMeanwhile()
    {
        await using var edge = await TestEdge.StartAsync(
            """
            { "listeners": [{ "address": "127.0.0.1:0" }], "apps": {
                "loop": { "module": "loop.wasm", "routes": ["/loop"], "limits": { "time": "1s" } },
                "good": { "module": "good.wasm", "routes": ["/good"] } } }
            """,
            ("loop.wasm", Programs.Running(Loop)), ("good.wasm", Programs.Printing("Content-Type: text/plain\n\ngood")));
        var loops = Enumerable.Range(0, 8).Select(_ => edge.Client.GetAsync("/loop")).ToList();
        for (var i = 0; i < 20; i++) Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
        foreach (var loop in loops)
        {
            using var response = await loop;
            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        }

        // A thread that was another's before is nice no more.
        for (var i = 0; i < 20; i++) Assert.Equal("good", await edge.Client.GetStringAsync("/good"));
    }

    private static App App(TestEdge edge) => edge.Server.Apps.All.Single();

    private static void RequireNiceness() => Assert.SkipUnless(Niceness.IsThere, "this process may not take back the niceness of a thread");

    private static void RunOnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException(failure.Message, failure);
    }
}
