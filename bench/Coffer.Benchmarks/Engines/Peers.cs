using Coffer.Benchmarks.Measuring;
using Coffer.Capabilities;
using Coffer.Native;
using Coffer.Wasi;

namespace Coffer.Benchmarks.Engines;

/// <summary>The engines that are to be had on this machine, and why others are not.</summary>
internal sealed class Peers
{
    private const string NodeOptimized = "--no-liftoff --no-wasm-lazy-compilation";

    private readonly Places places;
    private readonly List<BenchEngine> engines = [];
    private readonly List<string> missing = [];

    public Peers(Places places)
    {
        this.places = places;
        AddCoffer();
        AddNode();
        AddWasmtime();
        AddJavaScriptCore();
        AddWasmEdge();
        AddNative();
    }

    /// <summary>All that can run, Coffer's own first.</summary>
    public IReadOnlyList<BenchEngine> Engines => engines;

    /// <summary>A sentence for each that cannot.</summary>
    public IReadOnlyList<string> Missing => missing;

    public string CofferVersion { get; private set; } = "";

    public string NodeVersion { get; private set; } = "";

    /// <summary>Coffer with machine code made ahead of time, in a setting.</summary>
    public BenchEngine CofferAhead(string id, string name, params string[] settings) =>
        new CofferAhead(id, name, CofferVersion, Guest, places.Coffer, places.NativeCode, settings);

    /// <summary>Wasmtime in a setting; only where it is among the engines.</summary>
    public BenchEngine Wasmtime(string id, string name, params string[] settings)
    {
        var host = new Command(places.WasmtimeGuest);
        return new RunnerEngine(id, name, places.WasmtimeVersion, host.With(settings), host.With("--compile"));
    }

    private static Command Guest => new(Environment.ProcessPath!, "guest");

    private void AddCoffer()
    {
        var parts = new[] { typeof(Engine), typeof(WasiHost), typeof(ModuleLoader), typeof(CapabilitySet) };
        var digest = Digest.Of(parts.Select(part => part.Module.ModuleVersionId.ToString()));
        CofferVersion = $"{typeof(Engine).Assembly.GetName().Version?.ToString(3)} (build {digest[..10]}), .NET {Environment.Version}";
        RunnerEngine Jit(string id, string name, params string[] options) =>
            new(id, name, CofferVersion, Guest.With(options), Guest.With([.. options, "--compile"]));
        engines.Add(CofferAhead("coffer-aot", "Coffer AOT"));
        engines.Add(Jit("coffer-jit", "Coffer JIT"));
        engines.Add(Jit("coffer-checked", "Coffer JIT, checked memory", "--checked"));
    }

    private void AddNode()
    {
        if (VersionOf(new Command("node", "--version")) is not { } version)
        {
            missing.Add("V8: there is no node");
            return;
        }

        var v8 = VersionOf(new Command("node", "-p", "process.versions.v8"));
        NodeVersion = $"node {version}, V8 {v8}";
        RunnerEngine V8(string id, string name, string[] options) => new(
            id, name, NodeVersion, new Command("node", [.. options, places.JavaScriptGuest]),
            new Command("node", [.. options, places.JavaScriptGuest, "--compile"]));
        engines.Add(V8("v8-turbofan", "V8 TurboFan", NodeOptimized.Split(' ')));
        engines.Add(V8("v8", "V8 default", []));
    }

    private void AddWasmtime()
    {
        if (IsMissing("wasmtime", "Wasmtime", places.WasmtimeGuest)) return;
        engines.Add(Wasmtime("wasmtime", "Wasmtime"));
    }

    private void AddJavaScriptCore()
    {
        var bun = places.Bun;
        if (IsMissing("javascriptcore", "JavaScriptCore", bun)) return;
        var version = $"in bun {VersionOf(new Command(bun, "--version"))}";
        engines.Add(new RunnerEngine(
            "javascriptcore", "JavaScriptCore", version,
            new Command(bun, places.JavaScriptGuest), new Command(bun, places.JavaScriptGuest, "--compile")));
    }

    private void AddWasmEdge()
    {
        var host = Path.Combine(places.Peers, "wasmedge-guest");
        if (IsMissing("wasmedge", "WasmEdge", host)) return;
        var version = VersionOf(Foreign(Path.Combine(places.Debian, "usr/bin/wasmedge"), "--version"));
        engines.Add(new AheadEngine(
            "wasmedge", "WasmEdge LLVM", version?.Split(' ')[^1] ?? "unknown", places.PeerCode,
            (module, target) => [Foreign(host, "--compile", module, target)],
            _ => Foreign(host)));
    }

    private void AddNative()
    {
        var translator = Path.Combine(places.Debian, "usr/bin/wasm2c");
        if (IsMissing("native", "The native limit", translator)) return;
        var wabt = VersionOf(Foreign(translator, "--version"));
        var gcc = VersionOf(new Command("gcc", "-dumpfullversion"));
        engines.Add(new AheadEngine(
            "native", "wasm2c + gcc -O2", $"wabt {wabt}, gcc {gcc}", places.PeerCode,
            (module, target) => [new Command("bash", places.NativeBuild, places.Debian, module, target)],
            file => new Command(file)));
    }

    // Peers from another release of the system run with the C library that they came with.
    private Command Foreign(string program, params string[] arguments) =>
        new(places.ForeignLoader, ["--library-path", places.ForeignLibraries, program, .. arguments]);

    private bool IsMissing(string id, string name, string file)
    {
        var note = Path.Combine(places.Peers, id + ".missing");
        if (!File.Exists(note) && File.Exists(file)) return false;
        missing.Add($"{name}: {(File.Exists(note) ? File.ReadAllText(note).Trim() : "not installed; see bench/peers.sh")}");
        return true;
    }

    private string? VersionOf(Command command)
    {
        try
        {
            var outcome = ChildProcess.Run(command, places.Work);
            return outcome.ExitCode == 0 ? outcome.OutputText.Split('\n')[0].Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
