using Coffer.Edge.Limits;

namespace Coffer.Edge.Tests.Limits;

public sealed class AdmissionTests
{
    private static readonly RequestLimits Limits = new() { Concurrency = 128, Queue = 1000, QueueTime = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task Enter_FourAppsFillTheServer_OthersFindRoom()
    {
        var admission = new Admission(512);
        foreach (var full in Enumerable.Range(0, 4).Select(_ => new AdmissionQueue()))
            for (var i = 0; i < 200; i++)
                _ = EnterAsync(admission, full);
        Assert.True(admission.Running < 512);
        foreach (var late in Enumerable.Range(0, 4).Select(_ => new AdmissionQueue()))
        {
            var entering = EnterAsync(admission, late);
            Assert.True(entering.IsCompleted && await entering);
        }
    }

    [Fact]
    public async Task Leave_OfAnAppThatHasMany_LetsThatWaitingOneInWhichMay()
    {
        var admission = new Admission(64);
        var (full, other) = (new AdmissionQueue(), new AdmissionQueue());
        var last = Enumerable.Range(0, 60).Select(_ => EnterAsync(admission, full)).ToList()[^1];
        Assert.False(last.IsCompleted);
        Assert.Equal(56, admission.Running);
        Assert.True(await EnterAsync(admission, other));
        // Of the last places none is free for it: one of its own has to end, and one more for the other's.
        admission.Leave(full);
        Assert.Equal(56, admission.Running);
        admission.Leave(other);
        Assert.Equal(56, admission.Running);
        for (var i = 0; i < 3; i++) admission.Leave(full);
        Assert.True(await last);
        Assert.Equal(56, admission.Running);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Enter_FewPlaces_OneAppMayHaveThemAll(int places)
    {
        var admission = new Admission(places);
        var queue = new AdmissionQueue();
        for (var i = 0; i < places; i++) Assert.True(await EnterAsync(admission, queue));
        Assert.False(EnterAsync(admission, queue).IsCompleted);
    }

    private static Task<bool> EnterAsync(Admission admission, AdmissionQueue queue) => admission.EnterAsync(queue, Limits).AsTask();
}
