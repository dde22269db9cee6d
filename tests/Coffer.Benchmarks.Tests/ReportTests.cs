using System.Xml.Linq;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;
using Coffer.Benchmarks.Suite;

namespace Coffer.Benchmarks.Tests;

public class ReportTests
{
    private static readonly BenchEngine[] Engines =
    [
        Engine("coffer-aot", "Coffer AOT"), Engine("coffer-jit", "Coffer JIT"), Engine("v8-turbofan", "V8 TurboFan"), Engine("wasmtime", "Wasmtime"),
    ];

    [Fact]
    public void Execution_MeansAreOverAllProgramsAndOverLongOnes()
    {
        var report = ExecutionSection.Report(Engines, [Row("short", 5, 10, 10, 10), Row("long", 800, 400, 400, 1000)], Reasons.Parse(""));

        Assert.Equal(1, report.Figures["execution.aot"], 9);
        Assert.Equal(0.8, report.Figures["execution.aot.wasmtime"], 9);
        Assert.Contains("| Coffer AOT | 1.00 | 1.00 | 2.00 |", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Execution_SlowProgramsAreListedWithTheirReasons()
    {
        var rows = new[] { Row("known", 20, 10, 10, 10), Row("unknown", 15, 10, 10, 10), Row("fast", 5, 10, 10, 10) };

        var report = ExecutionSection.Report(Engines, rows, Reasons.Parse("- `known`: it is\n  hard to do\n"));

        Assert.Contains("- known (2.00): it is hard to do", report.Text, StringComparison.Ordinal);
        Assert.Contains("- unknown (1.50): no reason is known", report.Text, StringComparison.Ordinal);
        Assert.Equal(1.5, report.Figures["execution.aot.worst"], 9);
    }

    [Fact]
    public void Execution_WhatFailedIsNamedAndInNoMean()
    {
        var failing = Row("failing", 10, 10, 10, 10);
        failing.Times.Engines["coffer-aot"] = new EngineTimes([], [], "", "exit code 3");

        var report = ExecutionSection.Report(Engines, [failing, Row("fine", 5, 10, 10, 10)], Reasons.Parse(""));

        Assert.Equal(0.5, report.Figures["execution.aot"], 9);
        Assert.Contains("- failing, Coffer AOT: exit code 3", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Execution_ProgramsThatEndAtOnceAreNamedAndInNoMean()
    {
        var report = ExecutionSection.Report(Engines, [Row("noop", 0.01, 0.001, 0.001, 1), Row("fine", 5, 10, 10, 10)], Reasons.Parse(""));

        Assert.Equal(0.5, report.Figures["execution.aot"], 9);
        Assert.Contains("- noop: it ends within", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Execution_PicturesNameThePrograms()
    {
        var report = ExecutionSection.Report(Engines, [Row("one-program", 5, 10, 10, 10)], Reasons.Parse(""));

        Assert.Contains(report.Pictures["execution-programs"].Descendants(), element => element.Value == "one-program");
        Assert.All(report.Pictures.Values, picture => Assert.NotNull(XDocument.Parse(picture.ToString()).Root));
    }

    [Fact]
    public void Limits_MeansAreOverAllPrograms_AndBesideThePeerOverThoseOfBoth()
    {
        BenchEngine[] engines =
        [
            Engine("coffer-endless", "Endless"), Engine("coffer-aot", "Deadline"), Engine("coffer-fuel", "Fuel"),
            Engine("wasmtime", "Wasmtime"), Engine("wasmtime-epochs", "Wasmtime, epochs"), Engine("wasmtime-fuel", "Wasmtime, fuel"),
        ];
        var both = Times("both", ("coffer-endless", 10), ("coffer-aot", 10), ("coffer-fuel", 16), ("wasmtime", 10), ("wasmtime-epochs", 12), ("wasmtime-fuel", 20));
        var own = Times("own", ("coffer-endless", 10), ("coffer-aot", 10), ("coffer-fuel", 10));
        var tooShort = Times("short", ("coffer-endless", 0.001), ("coffer-aot", 1), ("coffer-fuel", 1));

        var report = LimitsSection.Report("coffer-aot", engines, [both, own, tooShort]);

        Assert.Equal(1, report.Figures["limits.deadline"], 9);
        Assert.Equal(Math.Sqrt(1.6), report.Figures["limits.fuel"], 9);
        Assert.Matches(@"\| own \| [^|]+ \| 1\.00 \| 1\.00 \| – \| – \|", report.Text);
        Assert.Contains("| **geometric mean** |  | **1.00** | **1.26** | **1.20** | **2.00** |", report.Text, StringComparison.Ordinal);
        Assert.Contains("fuel 1.60 of the time without", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputAgreement_EnginesThatPrintOtherwiseDoNotCount()
    {
        var (module, times) = Row("without-expectation", 5, 10, 10, 10);
        times.Engines["wasmtime"] = times.Engines["wasmtime"] with { Output = "other" };

        var judged = OutputAgreement.Check(module, times, "v8-turbofan");

        Assert.Null(judged.Engines["coffer-aot"].Failure);
        Assert.NotNull(judged.Engines["wasmtime"].Failure);
    }

    [Theory]
    [InlineData(0.85, true)]
    [InlineData(0.86, false)]
    [InlineData(double.NaN, null)]
    public void Aim_HoldsUpToItsBound(double value, bool? expected) =>
        Assert.Equal(expected, new Aim("text", "figure", 0.85).Holds(new Dictionary<string, double> { ["figure"] = value }));

    [Fact]
    public void Aim_OfWhatIsToBeMore_HoldsFromItsBound()
    {
        var aim = new Aim("text", "figure", 1.7, IsAtLeast: true);

        Assert.True(aim.Holds(new Dictionary<string, double> { ["figure"] = 1.8 }));
        Assert.False(aim.Holds(new Dictionary<string, double> { ["figure"] = 1.6 }));
        Assert.Null(aim.Holds(new Dictionary<string, double>()));
    }

    [Fact]
    public void Table_EscapesWhatWouldEndACell() =>
        Assert.Contains("| a\\|b | c d |", new MarkdownTable("x", "y").Add("a|b", "c\nd").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData(0.0000123, "12.3 ns")]
    [InlineData(0.5, "500 µs")]
    [InlineData(1.234, "1.23 ms")]
    [InlineData(12345, "12.3 s")]
    [InlineData(double.NaN, "–")]
    public void Figure_TimesHaveTheUnitThatSuits(double milliseconds, string expected) => Assert.Equal(expected, Figure.Time(milliseconds));

    private static RunnerEngine Engine(string id, string name) => new RunnerEngine(id, name, "1", new Command("run"), new Command("compile"));

    private static (GuestModule Module, ModuleTimes Times) Times(string name, params (string Engine, double Time)[] times) => (
        Row(name, 1, 1, 1, 1).Module,
        new ModuleTimes(times.ToDictionary(each => each.Engine, each => new EngineTimes([each.Time], [], "out", null)), 0));

    private static (GuestModule Module, ModuleTimes Times) Row(string name, double ahead, double jit, double v8, double wasmtime)
    {
        EngineTimes Of(double time) => new([time], [0.1], "same", null);
        return (new GuestModule($"/none/{name}.wasm"), new ModuleTimes(
            new Dictionary<string, EngineTimes> { ["coffer-aot"] = Of(ahead), ["coffer-jit"] = Of(jit), ["v8-turbofan"] = Of(v8), ["wasmtime"] = Of(wasmtime) }, 0));
    }
}
