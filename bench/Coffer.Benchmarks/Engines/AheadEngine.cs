using System.Diagnostics;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Engines;

/// <summary>
/// An engine that compiles a program to a file first, by one command or several, and then runs the file. Files are kept.
/// </summary>
internal sealed class AheadEngine : BenchEngine
{
    private readonly string folder;
    private readonly Func<string, string, IEnumerable<Command>> compile;
    private readonly Func<string, Command> runner;

    /// <param name="id">The word for it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="folder">Where the files are kept.</param>
    /// <param name="compile">The commands that make of a module (first) a file (second).</param>
    /// <param name="runner">The command that runs such a file, and takes <c>OUTPUT BUDGET FILE</c> behind.</param>
    public AheadEngine(
        string id, string name, string version, string folder,
        Func<string, string, IEnumerable<Command>> compile, Func<string, Command> runner)
        : base(id, name, version)
    {
        this.folder = folder;
        this.compile = compile;
        this.runner = runner;
        Directory.CreateDirectory(folder);
    }

    public override string CommandLine => $"{runner("CODE")} OUTPUT BUDGET CODE";

    public override string CompileLine => string.Join("; ", compile("FILE", "CODE"));

    public override GuestRun Run(GuestModule module, double budget)
    {
        var code = Path.Combine(folder, Measuring.Digest.Of(Digest, module.Digest));
        if (!File.Exists(code))
        {
            var made = Path.Combine(folder, Guid.NewGuid().ToString("N"));
            if (Make(module, made) is { } failure) return GuestRun.Failed($"not compiled: {failure}");
            File.Move(made, code);
        }

        return RunnerEngine.Run(runner(code), module, budget, code);
    }

    public override double? Compile(GuestModule module, double budget)
    {
        var made = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        var watch = Stopwatch.StartNew();
        var failure = Make(module, made);
        var elapsed = watch.Elapsed.TotalMilliseconds;
        File.Delete(made);
        return failure is null ? elapsed : null;
    }

    private string? Make(GuestModule module, string target)
    {
        foreach (var command in compile(module.File, target))
        {
            var outcome = ChildProcess.Run(command, folder);
            if (outcome.ExitCode != 0) return outcome.Failure();
        }

        return null;
    }
}
