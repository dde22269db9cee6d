using System.Buffers.Binary;
using System.Text;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>
/// Wasmtime as it is inside wizer, which runs a whole program as "initialization". A module between (wizer-bench.wat) reads
/// the clock when the program calls <c>bench.start</c> and <c>bench.end</c>, and writes both times to standard error. There
/// is one run in a process, and so none that warms up.
/// </summary>
internal sealed class WasmtimeInWizer(string version, Command wizer, string benchModule) : BenchEngine("wasmtime", "Wasmtime 42", version)
{
    private const double NanosecondsInMillisecond = 1e6;
    private static readonly byte[] Mark = [0, .. "bench:"u8, 0];

    private readonly Command runner = wizer.With(
        "--allow-wasi", "--dir", ".", "--preload", $"bench={benchModule}", "-f", "_start", "-o", "/dev/null");

    /// <summary>The command for a file.</summary>
    public Command Whole(string file) => runner.With(file);

    public override string CommandLine => $"{runner} FILE";

    public override string CompileLine => $"{CommandLine} (until bench.start)";

    public override GuestRun Run(GuestModule module, double budget)
    {
        var outcome = ChildProcess.Run(runner.With(module.File), module.Folder);
        var (start, end, _) = Split(outcome.Error);
        var (hasSucceeded, error) = Judge(outcome);
        if (!hasSucceeded) return GuestRun.Failed(outcome.Failure());
        if (end is null && !module.HasScore) return GuestRun.Failed("it did not call bench.start and bench.end");
        var elapsed = end is null ? outcome.Milliseconds : (end.Value - start!.Value) / NanosecondsInMillisecond;
        return Judge(module, new Phases([(start ?? 0) / NanosecondsInMillisecond], [], [elapsed]), outcome.OutputText, error);
    }

    public override double? Compile(GuestModule module, double budget) =>
        Run(module, budget).Phases is { Compile: [> 0] } phases ? phases.Compile[0] : null;

    /// <summary>Takes the times out of what was written to standard error.</summary>
    internal static (double? Start, double? End, string Error) Split(byte[] error)
    {
        var at = error.AsSpan().LastIndexOf(Mark);
        if (at < 0 || error.Length < at + Mark.Length + 16) return (null, null, Encoding.UTF8.GetString(error));
        var times = error.AsSpan(at + Mark.Length);
        return (
            BinaryPrimitives.ReadUInt64LittleEndian(times),
            BinaryPrimitives.ReadUInt64LittleEndian(times[8..]),
            Encoding.UTF8.GetString([.. error[..at], .. times[16..]]));
    }

    /// <summary>
    /// Whether a program came to its end, and what itself wrote to standard error: one that ends by <c>proc_exit</c> ends wizer
    /// with an error.
    /// </summary>
    internal static (bool HasSucceeded, string Error) Judge(ProcessOutcome outcome)
    {
        var error = Split(outcome.Error).Error;
        if (outcome.ExitCode == 0) return (true, error);
        var own = error.IndexOf("Error: ", StringComparison.Ordinal);
        return (error.Contains("Exited with i32 exit status 0", StringComparison.Ordinal), own < 0 ? error : error[..own]);
    }
}
