using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Tests;

public sealed class ResumeFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void GetOrAdd_OfAKnownKey_DoesNotMeasureAgain()
    {
        new ResumeFile(path).GetOrAdd("key", () => new[] { 1.5, 2 });

        Assert.Equal([1.5, 2], new ResumeFile(path).GetOrAdd<double[]>("key", () => throw new InvalidOperationException("measured again")));
    }

    [Fact]
    public void GetOrAdd_OfAnotherKey_Measures()
    {
        new ResumeFile(path).GetOrAdd("key", () => 1.0);

        Assert.Equal(2, new ResumeFile(path).GetOrAdd("other", () => 2.0));
    }

    [Fact]
    public void GetOrAdd_AfterALineWasCutShort_KeepsTheOthersAndWhatComes()
    {
        var file = new ResumeFile(path);
        file.GetOrAdd("first", () => 1.0);
        file.GetOrAdd("second", () => 2.0);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text[..^5]);

        var resumed = new ResumeFile(path);
        Assert.Equal(1, resumed.GetOrAdd<double>("first", () => throw new InvalidOperationException("measured again")));
        Assert.Equal(3, resumed.GetOrAdd("second", () => 3.0));
        Assert.Equal(3, new ResumeFile(path).GetOrAdd<double>("second", () => throw new InvalidOperationException("measured again")));
    }

    [Fact]
    public void GetOrAdd_OfAFreshFile_ForgetsAll()
    {
        new ResumeFile(path).GetOrAdd("key", () => 1.0);

        Assert.Equal(2, new ResumeFile(path, isFresh: true).GetOrAdd("key", () => 2.0));
        Assert.Equal(2, new ResumeFile(path).GetOrAdd("key", () => 3.0));
    }

    [Fact]
    public void GetOrAdd_OfInfinity_KeepsIt()
    {
        new ResumeFile(path).GetOrAdd("key", () => double.NaN);

        Assert.True(double.IsNaN(new ResumeFile(path).GetOrAdd("key", () => 1.0)));
    }
}
