using System.Diagnostics;
using Coffer.Benchmarks.Measuring;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Native;
using Coffer.Wasi;

namespace Coffer.Benchmarks.Guests;

/// <summary>
/// Runs one WASI program in this process, every method compiled before, and prints what its phases took: compiling,
/// instantiating (with all that the host makes for an instance), and executing, from its call of <c>bench.start</c> to that
/// of <c>bench.end</c> (the whole run when it makes none).
/// The rules are those of all guests: each run is a fresh instance. What the first one finds cold are the host's own
/// functions, so it only warms up, unless it takes more than three seconds, when it is the only one. Then the program is
/// measured as often as the budget allows, at least once and at most twenty times.
/// </summary>
internal sealed class Guest(GuestOptions options)
{
    private const double MostWarmUp = 3000;
    private const int MostRuns = 20;

    private readonly Stopwatch watch = new();
    private double? ended;

    private readonly Engine engine = new(new EngineOptions
    {
        Memory = new MemoryOptions { Mode = options.Memory },
        AllowNativeCode = options.IsAhead,
        ConsumeFuel = options.ConsumesFuel,
        Interruptible = options.IsInterruptible,
    });

    public static int Run(GuestOptions options)
    {
        Console.WriteLine(new Guest(options) is var guest && options.IsCompiling ? guest.Compile().Print() : guest.Measure().Print());
        return 0;
    }

    private Phases Compile()
    {
        var bytes = File.ReadAllBytes(options.File);
        var times = new List<double>();
        var spent = 0.0;
        for (var i = 0; i < 2 || (spent < options.Budget && i < MostRuns); i++)
        {
            watch.Restart();
            Load(bytes);
            var took = watch.Elapsed.TotalMilliseconds;
            spent += took;
            if (i > 0 || took > MostWarmUp) times.Add(took);
            if (took > MostWarmUp) break;
        }

        return new Phases([.. times], [], []);
    }

    private Phases Measure()
    {
        watch.Restart();
        var compiled = Load(File.ReadAllBytes(options.File));
        var compile = watch.Elapsed.TotalMilliseconds;
        var module = Link(compiled);
        var first = RunOnce(module);
        var runs = new List<(double Instantiate, double Execute)>();
        if (first.Execute > MostWarmUp) runs.Add(first);
        for (var spent = 0.0; runs.Count == 0 || (first.Execute <= MostWarmUp && spent < options.Budget && runs.Count < MostRuns);)
        {
            runs.Add(RunOnce(module));
            spent += runs[^1].Execute;
        }

        return new Phases([compile], [.. runs.Select(run => run.Instantiate)], [.. runs.Select(run => run.Execute)]);
    }

    private Module Load(byte[] bytes)
    {
        var module = options.IsAhead ? LoadNative(bytes) : Module.Compile(engine, bytes);
        module.Prepare();
        return module;
    }

    private Module LoadNative(byte[] bytes)
    {
        var native = new NativeOptions
        {
            Policy = NativePolicy.Always,
            CacheFolder = options.CacheFolder,
            Warning = Console.Error.WriteLine,
        };
        var module = new ModuleLoader(engine, native).Load(bytes);
        return module.IsNative ? module : throw new InvalidOperationException($"Error: {options.File} has no native code");
    }

    private (double Instantiate, double Execute) RunOnce(InstancePre module)
    {
        using var output = Create(options.Output);
        using var error = Create(options.Output + ".err");
        ended = null;
        watch.Restart();
        using var store = new Store(engine);
        if (options.ConsumesFuel) store.Fuel = long.MaxValue;
        if (options.IsInterruptible) store.SetDeadline(TimeSpan.FromMinutes(10));
        using var wasi = new WasiHost(WasiOptions(output, error));
        wasi.Attach(store);
        var instance = module.Instantiate(store);
        var instantiate = watch.Elapsed.TotalMilliseconds;
        watch.Restart();
        var code = wasi.Run(instance);
        ended ??= watch.Elapsed.TotalMilliseconds;
        if (code != 0) throw new InvalidOperationException($"Error: {options.File} ended with {code}");
        return (instantiate, ended.Value);
    }

    // Once for all instances, as an application does that makes many.
    private InstancePre Link(Module module) => WasiHost.AddFunctionsTo(new Linker())
        .DefineFunction("bench", "start", watch.Restart)
        .DefineFunction("bench", "end", () => { ended = watch.Elapsed.TotalMilliseconds; })
        .DefineFunction("env", "clock_ms", () => (int)Environment.TickCount64)
        .InstantiatePre(module);

    // Without a buffer: each write of the guest is one of the system's, as with the other engines.
    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private WasiOptions WasiOptions(Stream output, Stream error) => new()
    {
        ProgramName = options.File,
        Capabilities = new CapabilitySet(
        [
            new DirectoryGrant(Path.GetDirectoryName(Path.GetFullPath(options.File))!, ".") { Access = DirectoryAccess.Read },
            new StreamGrant(StandardStream.Output),
            new StreamGrant(StandardStream.Error),
            new ClockGrant(GuestClock.Wall),
            new ClockGrant(GuestClock.Monotonic),
            new RandomGrant(),
            .. options.Arguments.Select(argument => new ArgumentGrant(argument)),
        ]),
        StandardOutput = output,
        StandardError = error,
    };
}
