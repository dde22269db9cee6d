using System.Text;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Suite;

namespace Coffer.Benchmarks.Tests;

public class OwnProgramTests
{
    [Fact]
    public void Instances_FiguresAreFoundInItsLines()
    {
        var report = Report(OwnProgramSection.Instances, """
            no memory, (i32, i32) -> i32                       0.62 µs (0.60 to 0.70)       712 bytes allocated, two threads 1.91 times one
            Rust, 1 MiB, three pages touched                   7.81 µs (7.70 to 9.10)     1,712 bytes allocated, two threads 1.75 times one
            10,000 live instances of the Rust program          17.4 KiB resident each, of which 2.0 on the managed heap
            1,000 small modules, compiled and called          121.0 KiB resident each
            """);

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["instances.bare.us"] = 0.62, ["instances.memory.us"] = 7.81, ["instances.scaling"] = 1.75,
                ["instances.live.kib"] = 17.4, ["instances.modules.kib"] = 121,
            },
            report.Figures);
    }

    [Fact]
    public void Start_TheFigureIsTheDifferenceOfTheCachedAndTheBareProgram()
    {
        var report = Report(OwnProgramSection.Start, """
            medians in ms                         KiB     bare   cached artifact uncached     node cached-bare cached/node uncached/node
            c/hello.wasm                           27     61.0     74.5     75.0    130.2     48.9        13.5        1.52          2.66
            """);

        Assert.Equal(13.5, report.Figures["start.cached-bare.ms"]);
    }

    [Fact]
    public void Report_OfAProgramThatFails_SaysSoAndHasNoFigures()
    {
        var report = OwnProgramSection.Start.Report(new ProcessOutcome(2, [], "Error: no such file\n"u8.ToArray(), 1, 0));

        Assert.Contains("no such file", report.Text, StringComparison.Ordinal);
        Assert.Empty(report.Figures);
    }

    [Fact]
    public void EveryAim_IsAboutAFigureOfItsOwn() => Assert.Distinct(Aim.All.Select(aim => aim.Figure));

    private static SectionReport Report(OwnProgramSection section, string output) =>
        section.Report(new ProcessOutcome(0, Encoding.UTF8.GetBytes(output), [], 1, 0));
}
