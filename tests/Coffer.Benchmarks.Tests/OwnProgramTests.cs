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
    public void Start_TheFigures_AreOfExecutablesAndOfNativeCodeInTheCache()
    {
        var report = Report(OwnProgramSection.Start, """
            medians in ms                         KiB     bare      hot   cached artifact uncached     node hot-bare hot/node cached-bare cached/node uncached/node
            c/hello.wasm                           30     22.7      6.3     44.5     44.0     83.4     57.8    -16.2     0.11        22.2        0.76          1.48
            go/hello.wasm                        3064     23.0     39.8     93.6    103.5    603.8    122.2     16.9     0.32        70.8        0.80          4.90
            """);

        Assert.Equal(
            new Dictionary<string, double> { ["start.hot-bare.ms"] = -16.2, ["start.hot.large"] = 0.32, ["start.cached-bare.ms"] = 22.2 },
            report.Figures);
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
