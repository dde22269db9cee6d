using Coffer.Edge.Limits;

namespace Coffer.Edge.Tests.Limits;

public sealed class AppPaceTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(0.1);

    [Fact]
    public void Note_ShortRequests_NeverLong()
    {
        var pace = new AppPace();
        for (var i = 0; i < 10_000; i++) pace.Note(AppPace.Long);
        Assert.False(pace.IsLong);
    }

    [Fact]
    public void Note_OneLongRequest_IsRememberedForSomeShortOnes()
    {
        var pace = new AppPace();
        pace.Note(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 50; i++) pace.Note(Short);
        Assert.True(pace.IsLong);
        for (var i = 0; i < 100; i++) pace.Note(Short);
        Assert.False(pace.IsLong);
    }

    [Fact]
    public void Note_OneInFiftyIsLong_StaysLong()
    {
        var pace = new AppPace();
        for (var i = 0; i < 1000; i++)
        {
            pace.Note(i % 50 == 0 ? TimeSpan.FromMilliseconds(100) : Short);
            Assert.True(pace.IsLong);
        }
    }
}
