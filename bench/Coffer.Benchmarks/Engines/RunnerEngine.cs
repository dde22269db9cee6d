using System.Globalization;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>An engine whose guests are run by a program that takes <c>OUTPUT BUDGET FILE</c> and prints the phases.</summary>
/// <param name="id">The word for it.</param>
/// <param name="name">Its name.</param>
/// <param name="version">Its version.</param>
/// <param name="runner">The program that runs guests.</param>
/// <param name="compiler">The program that only compiles them, with the same arguments.</param>
internal sealed class RunnerEngine(string id, string name, string version, Command runner, Command compiler)
    : BenchEngine(id, name, version)
{
    public override string CommandLine => $"{runner} OUTPUT BUDGET FILE";

    public override string CompileLine => $"{compiler} OUTPUT BUDGET FILE";

    public override GuestRun Run(GuestModule module, double budget) => Run(runner, module, budget, module.File);

    public override double? Compile(GuestModule module, double budget)
    {
        var output = Path.GetTempFileName();
        var outcome = ChildProcess.Run(compiler.With(output, Text(budget), module.File), module.Folder);
        File.Delete(output);
        return outcome.ExitCode == 0 && Phases.Parse(outcome.OutputText) is { Compile.Length: > 0 } phases
            ? Statistics.Median(phases.Compile)
            : null;
    }

    /// <summary>Runs a guest's program by a runner.</summary>
    public static GuestRun Run(Command runner, GuestModule module, double budget, string file)
    {
        var output = Path.GetTempFileName();
        try
        {
            var outcome = ChildProcess.Run(runner.With(output, Text(budget), file), module.Folder);
            var error = output + ".err";
            return Read(module, outcome, File.ReadAllText(output), File.Exists(error) ? File.ReadAllText(error) : "");
        }
        finally
        {
            File.Delete(output);
            File.Delete(output + ".err");
        }
    }

    private static string Text(double budget) => budget.ToString(CultureInfo.InvariantCulture);
}
