using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Guests;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Tests;

public class EngineTests
{
    [Fact]
    public void Phases_AreTheLastObjectThatIsPrinted()
    {
        var phases = Phases.Parse("a warning\n{\"compile\":[1],\"instantiate\":[0.5],\"execute\":[2,3]}\n");

        Assert.Equal([2, 3], phases!.Execute);
        Assert.Equal([1], Phases.Parse(phases.Print())!.Compile);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing here")]
    [InlineData("{\"compile\":[1")]
    public void Phases_OfAnythingElse_AreNone(string output) => Assert.Null(Phases.Parse(output));

    [Fact]
    public void GuestOptions_ReadsSwitchesAndLeavesTheRestToTheGuest()
    {
        var options = GuestOptions.Parse(["--aot", "--cache", "kept", "--fuel", "out", "12.5", "x.wasm", "--fuel", "a"]);

        Assert.True(options.IsAhead && options.ConsumesFuel && options.IsInterruptible && !options.IsCompiling);
        Assert.Equal(("kept", "out", 12.5, "x.wasm"), (options.CacheFolder, options.Output, options.Budget, options.File));
        Assert.Equal(["--fuel", "a"], options.Arguments);
    }

    [Fact]
    public void GuestOptions_WithoutAFile_SaysHow() =>
        Assert.Contains("usage", Assert.Throws<ArgumentException>(() => GuestOptions.Parse(["out", "1"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Command_ShowsNamesWithoutTheirFolders() => Assert.Equal(
        "tool --with bench=stub.wasm -o /dev/null ./here",
        new Command("/a/b/tool", "--with", "bench=/x/y/stub.wasm", "-o", "/dev/null", "./here").ToString());

    [Fact]
    public void CoreMark_IsTheTimeOfAThousandIterations() =>
        Assert.Equal(50, GuestModule.TimeByScore("Total time (secs): 12\nIterations/Sec   : 20000.0\n"));

    [Fact]
    public void CoreMark_WithoutAScore_HasNoTime() => Assert.Null(GuestModule.TimeByScore("ERROR"));
}
