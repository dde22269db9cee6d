using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>
/// Coffer with machine code made ahead of time: guests are run as by the JIT compiler, and compiling is what the command
/// does, the whole process, on one processor where the system can bind it to one.
/// </summary>
/// <param name="id">The word for it.</param>
/// <param name="name">Its name.</param>
/// <param name="version">Its version.</param>
/// <param name="guest">The program that runs guests.</param>
/// <param name="coffer">The command.</param>
/// <param name="folder">The cache of machine code.</param>
/// <param name="settings">What both are told: <c>--fuel</c>, <c>--no-interrupt</c>.</param>
internal sealed class CofferAhead(
    string id, string name, string version, Command guest, Command coffer, string folder, params string[] settings)
    : BenchEngine(id, name, version)
{
    private static readonly bool CanBind = File.Exists("/usr/bin/taskset");

    private readonly Command runner = guest.With(["--aot", .. settings, "--cache", folder]);

    public override string CommandLine => $"{runner} OUTPUT BUDGET FILE";

    public override string CompileLine => Compiler("FILE", "CODE").ToString();

    public override GuestRun Run(GuestModule module, double budget) => RunnerEngine.Run(runner, module, budget, module.File);

    public override double? Compile(GuestModule module, double budget)
    {
        var target = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        var outcome = ChildProcess.Run(Compiler(module.File, target), module.Folder);
        File.Delete(target);
        return outcome.ExitCode == 0 ? outcome.Milliseconds : null;
    }

    private Command Compiler(string file, string target)
    {
        var command = coffer.With(["compile", .. settings, "--cache", folder, "-o", target, file]);
        return CanBind ? new Command("taskset", ["-c", "0", command.Program, .. command.Arguments]) : command;
    }
}
