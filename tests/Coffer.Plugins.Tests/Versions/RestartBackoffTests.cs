using Coffer.Plugins.Versions;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Plugins.Tests.Versions;

public class RestartBackoffTests
{
    private static readonly RestartBackoffOptions NoJitter = new()
    {
        Initial = TimeSpan.FromSeconds(1),
        Maximum = TimeSpan.FromSeconds(8),
        Jitter = 0,
        ResetAfter = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public void Failed_AgainAndAgain_WaitsDoubleUpToTheBound()
    {
        var backoff = new RestartBackoff(NoJitter, new FakeTimeProvider());
        Assert.Equal([0, 1, 2, 4, 8, 8], Enumerable.Range(0, 6).Select(_ => (int)backoff.Failed().TotalSeconds));
        Assert.Equal(6, backoff.Failures);
    }

    [Fact]
    public void TryStart_BeforeItsTime_IsRefused()
    {
        var time = new FakeTimeProvider();
        var backoff = new RestartBackoff(NoJitter, time);
        backoff.Failed();
        backoff.Failed();
        Assert.False(backoff.TryStart());
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Remaining);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(backoff.TryStart());
        Assert.False(backoff.TryStart());
    }

    [Fact]
    public void TryStart_ManyAtOnce_OneMayStart()
    {
        var backoff = new RestartBackoff(NoJitter, new FakeTimeProvider());
        backoff.Failed();
        var allowed = 0;
        Parallel.For(0, 100, _ =>
        {
            if (backoff.TryStart()) Interlocked.Increment(ref allowed);
        });
        Assert.Equal(1, allowed);
    }

    [Fact]
    public void Failed_AfterALongRun_IsAFirstFailure()
    {
        var time = new FakeTimeProvider();
        var backoff = new RestartBackoff(NoJitter, time);
        for (var i = 0; i < 3; i++) backoff.Failed();
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(backoff.TryStart());
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TimeSpan.Zero, backoff.Failed());
    }

    [Fact]
    public void Succeeded_AfterFailures_StartsAnew()
    {
        var backoff = new RestartBackoff(NoJitter, new FakeTimeProvider());
        for (var i = 0; i < 4; i++) backoff.Failed();
        backoff.Succeeded();
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
        Assert.Equal(TimeSpan.Zero, backoff.Failed());
    }

    [Fact]
    public void Failed_WithJitter_WaitsDifferAndStayInBounds()
    {
        var options = NoJitter with { Jitter = 0.5 };
        var waits = Enumerable.Range(0, 50).Select(seed =>
        {
            var backoff = new RestartBackoff(options, new FakeTimeProvider(), new Random(seed));
            backoff.Failed();
            return backoff.Failed();
        }).ToArray();
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)));
        Assert.True(waits.Distinct().Count() > 40);
    }
}
