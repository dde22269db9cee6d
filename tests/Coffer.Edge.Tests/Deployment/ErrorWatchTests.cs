using Coffer.Edge.Apps;
using Coffer.Edge.Deployment;
using Coffer.Edge.Limits;
using Coffer.Edge.Telemetry;
using Coffer.Stores.Tests;

namespace Coffer.Edge.Tests.Deployment;

public class ErrorWatchTests
{
    private readonly SettableClock time = new();
    private readonly AppVersion version = new("1", new AppSource("shop", "", _ => throw new NotSupportedException()), new AppOptions(), null!);

    [Fact]
    public void Look_CountsWithinTheWindowAlone()
    {
        var watch = Watch();
        Count(failed: 9);
        Assert.Null(watch.Look());
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(watch.Look());
        time.Advance(TimeSpan.FromSeconds(1));
        Count(failed: 5);
        Assert.Null(watch.Look());
        Count(failed: 5, well: 5);
        Assert.Contains("10 of 15", watch.Look(), StringComparison.Ordinal);
    }

    [Fact]
    public void Look_MostAreWell_IsNoReason()
    {
        var watch = Watch();
        Count(failed: 40, well: 60);
        Assert.Null(watch.Look());
        Count(failed: 20);
        Assert.NotNull(watch.Look());
    }

    [Fact]
    public void Look_ClockIsSet_ChangesNothing()
    {
        var watch = Watch();
        Count(failed: 9);
        Assert.Null(watch.Look());
        time.SetBy(TimeSpan.FromDays(-400));
        Count(failed: 1);
        Assert.NotNull(watch.Look());
        time.SetBy(TimeSpan.FromDays(800));
        Assert.False(watch.IsOver);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.True(watch.IsOver);
    }

    [Fact]
    public void Outcomes_OfClientsAndOfFullQueues_AreNoFailures()
    {
        foreach (var fault in (FaultKind[])[FaultKind.ClientGone, FaultKind.RequestBody, FaultKind.Overload]) version.Outcomes.Count(fault, 503);
        version.Outcomes.Count(FaultKind.None, 404);
        Assert.Equal((4L, 0L), (version.Outcomes.Requests, version.Outcomes.Failures));
        version.Outcomes.Count(FaultKind.Trap, 200);
        Assert.Equal(1, version.Outcomes.Failures);
    }

    [Fact]
    public void Histogram_GivesPercentiles_WithinAQuarterOfAnOctave()
    {
        var histogram = new LatencyHistogram();
        var counts = new long[LatencyHistogram.Ranges];
        histogram.CopyTo(counts);
        Assert.Null(LatencyHistogram.Percentile(counts, 0.5));
        for (var index = 1; index <= 1000; index++) histogram.Add(TimeSpan.FromMilliseconds(index));
        histogram.Add(TimeSpan.Zero);
        histogram.Add(TimeSpan.MaxValue);
        histogram.Add(TimeSpan.FromTicks(-5));
        histogram.CopyTo(counts);
        Assert.Equal(1003, counts.Sum());
        Assert.InRange(LatencyHistogram.Percentile(counts, 0.5)!.Value, 500, 625);
        Assert.InRange(LatencyHistogram.Percentile(counts, 0.95)!.Value, 950, 1190);
    }

    private ErrorWatch Watch() => new(version, new RollbackSettings { Errors = 50, Requests = 10 }, time);

    private void Count(int failed = 0, int well = 0)
    {
        for (var index = 0; index < failed; index++) version.Outcomes.Count(FaultKind.None, 500);
        for (var index = 0; index < well; index++) version.Outcomes.Count(FaultKind.None, 200);
    }
}
