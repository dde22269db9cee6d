using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Suite;

/// <summary>The ways a person runs a program from the shell: one process from its start to its end.</summary>
internal sealed class WholeProcess
{
    private readonly Places places;
    private readonly Peers peers;
    private readonly string stub;
    private readonly string cache;

    public WholeProcess(SuiteContext context)
    {
        places = context.Places;
        peers = context.Peers;
        cache = Path.Combine(places.Work, "run-cache");
        stub = Path.Combine(places.Work, "bench-stub.wasm");
        Require(ChildProcess.Run(places.Coffer.With("parse", places.StubModule, "-o", stub), places.Work));
        Require(ChildProcess.Run(places.Coffer.With("compile", "--cache", cache, stub), places.Work));
        var ways = new List<Way>
        {
            new("coffer-jit", "coffer run --cache off", file => Run("off", file)),
            new("coffer-cached", "coffer run, cached", file => Run(cache, file)),
            new("coffer-aot", "coffer run FILE.cof", file => Run(cache, Artifact(file))),
        };
        if (context.Find("v8") is not null) ways.Add(new Way("v8", "node", Node));
        if (context.Find("wasmtime") is not null) ways.Add(new Way("wasmtime", "Wasmtime", Wasmtime));
        Ways = ways;
    }

    public IReadOnlyList<Way> Ways { get; }

    /// <summary>The ways, for tables.</summary>
    public IReadOnlyList<(string Id, string Name)> Subjects => [.. Ways.Select(way => (way.Id, way.Name))];

    /// <summary>What measurements of a program depend on.</summary>
    public IEnumerable<string> Dependencies(GuestModule module) =>
        [module.Digest, peers.CofferVersion, peers.NodeVersion, .. Ways.Select(way => way.Line)];

    /// <summary>Makes what the cached ways start from.</summary>
    public void Prepare(GuestModule module)
    {
        Require(ChildProcess.Run(places.Coffer.With("compile", "--cache", cache, module.File), module.Folder));
        Require(ChildProcess.Run(places.Coffer.With("compile", "--cache", cache, "-o", Artifact(module.File), module.File), module.Folder));
    }

    /// <summary>Runs a program one way; what is wrong with it, or null.</summary>
    public static (ProcessOutcome Outcome, string? Failure) Run(Way way, GuestModule module, bool isPeakWanted)
    {
        var outcome = ChildProcess.Run(way.Command(module.File), module.Folder, isPeakWanted);
        return (outcome, outcome.ExitCode == 0 ? module.Mismatch(outcome.OutputText, outcome.ErrorText) : outcome.Failure());
    }

    private Command Run(string cacheChoice, string file) =>
        places.Coffer.With("run", "--quiet-denials", "--cache", cacheChoice, "--dir", ".::.:ro", "--preload", $"bench={stub}", file);

    private Command Node(string file) => new("node", "--no-warnings", places.NodeWasi, "--dir", ".::.", file);

    private Command Wasmtime(string file) => new(places.WasmtimeGuest, "--whole", file);

    private string Artifact(string file) => file == Way.AnyFile ? file + ".cof" : Path.Combine(cache, $"{Digest.Of(file)}.cof");

    private static void Require(ProcessOutcome outcome)
    {
        if (outcome.ExitCode != 0) throw new InvalidOperationException($"coffer failed: {outcome.Failure()}");
    }
}

/// <summary>A way to run a program.</summary>
/// <param name="Id">The word for it.</param>
/// <param name="Name">The name for people.</param>
/// <param name="Command">The command for a module's file.</param>
internal sealed record Way(string Id, string Name, Func<string, Command> Command)
{
    /// <summary>Stands for the file where the command is shown.</summary>
    public const string AnyFile = "FILE";

    /// <summary>The command for people.</summary>
    public string Line => Command(AnyFile).ToString();
}
