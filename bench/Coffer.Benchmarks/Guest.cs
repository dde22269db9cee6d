using System.Diagnostics;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Native;
using Coffer.Wasi;

namespace Coffer.Benchmarks;

/// <summary>
/// Runs one WASI program in this process, every method compiled before, its standard output going to a file, and prints
/// the milliseconds between its calls of <c>bench.start</c> and <c>bench.end</c> (of the whole run when it makes none).
/// The program runs twice, in fresh stores, and the second run counts: what the first one finds cold are the host's own
/// functions.
/// </summary>
internal static class Guest
{
    public static int Run(string outputFile, string file, string[] arguments, MemoryMode mode, bool isAhead = false)
    {
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode }, AllowNativeCode = isAhead });
        var module = isAhead ? LoadNative(engine, file) : Module.Compile(engine, File.ReadAllBytes(file));
        module.Prepare();
        Run(module, file, arguments, Stream.Null);
        using var output = File.Create(outputFile);
        Console.WriteLine(FormattableString.Invariant($"elapsed {Run(module, file, arguments, output)}"));
        return 0;
    }

    private static Module LoadNative(Engine engine, string file)
    {
        var options = new NativeOptions { Policy = NativePolicy.Always, Warning = Console.Error.WriteLine };
        var module = new ModuleLoader(engine, options).Load(File.ReadAllBytes(file));
        return module.IsNative ? module : throw new InvalidOperationException($"{file} has no native code");
    }

    private static double Run(Module module, string file, string[] arguments, Stream output)
    {
        using var store = new Store(module.Engine);
        store.SetDeadline(TimeSpan.FromMinutes(10));
        using var wasi = new WasiHost(new WasiOptions
        {
            ProgramName = file,
            Capabilities = new CapabilitySet(
            [
                new DirectoryGrant(Path.GetDirectoryName(Path.GetFullPath(file))!, ".") { Access = DirectoryAccess.Read },
                new StreamGrant(StandardStream.Output),
                new StreamGrant(StandardStream.Error),
                new ClockGrant(GuestClock.Wall),
                new ClockGrant(GuestClock.Monotonic),
                new RandomGrant(),
                .. arguments.Select(argument => new ArgumentGrant(argument)),
            ]),
            StandardOutput = output,
        });
        var watch = new Stopwatch();
        double? elapsed = null;
        var linker = wasi.AddTo(new Linker())
            .DefineFunction("bench", "start", () => watch.Restart())
            .DefineFunction("bench", "end", () => { elapsed = watch.Elapsed.TotalMilliseconds; })
            .DefineFunction("env", "clock_ms", () => (int)Environment.TickCount64);
        var instance = linker.Instantiate(store, module);
        watch.Restart();
        wasi.Run(instance);
        return elapsed ?? watch.Elapsed.TotalMilliseconds;
    }
}
