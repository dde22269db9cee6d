using Coffer.Benchmarks.Engines;

namespace Coffer.Benchmarks.Tests;

public sealed class GuestModuleTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory();

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void FindAll_TakesModulesAndLeavesOutComponents()
    {
        Write("sightglass/shootout/shootout-fib2.wasm", [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0]);
        Write("sightglass/regex/benchmark.wasm", [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0]);
        Write("sightglass/other/component.wasm", [0, (byte)'a', (byte)'s', (byte)'m', 13, 0, 1, 0]);
        Write("sightglass/other/empty.wasm", []);

        var found = GuestModule.FindAll(root.FullName).ToList();

        Assert.Equal([("regex", "programs"), ("shootout-fib2", "shootout")], found.Select(module => (module.Name, module.Group)));
    }

    [Fact]
    public void Mismatch_ComparesWithWhatIsExpectedOfTheProgram()
    {
        var module = new GuestModule(Write("a/benchmark.wasm", []));
        Write("a/benchmark.stdout.expected", "fine\n"u8.ToArray());
        Write("a/benchmark.stderr.expected", "hash 1\n"u8.ToArray());

        Assert.True(module.HasExpectation);
        Assert.Null(module.Mismatch("fine", "hash 1"));
        Assert.Equal("standard output differs", module.Mismatch("wrong", "hash 1"));
        Assert.Equal("standard error differs", module.Mismatch("fine", "hash 2"));
    }

    [Fact]
    public void Mismatch_FallsBackToTheExpectationOfTheFolder()
    {
        var module = new GuestModule(Write("a/one.wasm", []));
        Write("a/default.stdout.expected", "0\n"u8.ToArray());

        Assert.Equal("standard output differs", module.Mismatch("1", ""));
    }

    [Fact]
    public void Mismatch_WithoutExpectation_IsNone()
    {
        var module = new GuestModule(Write("a/one.wasm", []));

        Assert.False(module.HasExpectation);
        Assert.Null(module.Mismatch("anything", ""));
    }

    [Fact]
    public void SameInEachRun_OfAProgramThatPrintsItsTimes_IsNotThese()
    {
        var scored = new GuestModule(Write("a/coremark.wasm", []));
        var other = new GuestModule(Write("a/one.wasm", []));

        Assert.Equal(scored.SameInEachRun("Iterations/Sec: 1"), scored.SameInEachRun("Iterations/Sec: 2"));
        Assert.NotEqual(other.SameInEachRun("1"), other.SameInEachRun("2"));
    }

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(root.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }
}
