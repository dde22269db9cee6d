using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Benchmarks;

/// <summary>
/// What deciding about and recording a file operation costs, beside the whole operation as a guest makes it.
/// </summary>
[MemoryDiagnoser]
[Config(typeof(Here))]
public class GateBenchmark
{
    private const int Calls = 1000;

    private const string Text = """
        (module
          (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "file.txt")
          (func (export "stat") (param $n i32) (result i32) (local $errors i32)
            (loop $again
              (local.set $errors (i32.or (local.get $errors)
                (call $stat (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 64))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $errors))
          (func (export "open") (param $n i32) (result i32) (local $errors i32)
            (loop $again
              (local.set $errors (i32.or (local.get $errors) (call $open
                (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0)
                (i32.const 0) (i32.const 128))))
              (local.set $errors (i32.or (local.get $errors) (call $close (i32.load (i32.const 128)))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $errors)))
        """;

    private static readonly DirectoryGrant Grant = new(".", "/data") { Access = DirectoryAccess.Read };
    private readonly CapabilityGate gate = new(new CapabilitySet(Grant), null, "1", "bench", TimeProvider.System);
    private readonly List<IDisposable> owned = [];
    private DirectoryInfo folder = null!;
    private Func<int, int> stat = null!, open = null!, statWithAudit = null!, openWithAudit = null!;

    /// <summary>Makes a folder with a file, and two instances.</summary>
    [GlobalSetup]
    public void Setup()
    {
        folder = Directory.CreateTempSubdirectory("coffer-bench-");
        File.WriteAllText(Path.Combine(folder.FullName, "file.txt"), "content");
        (stat, open) = Instantiate(null);
        var trail = new AuditTrail([new JsonLinesSink(File.Create(Path.Combine(folder.FullName, "audit.jsonl")))]);
        owned.Add(trail);
        (statWithAudit, openWithAudit) = Instantiate(trail);
    }

    /// <summary>Frees all.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var resource in Enumerable.Reverse(owned)) resource.Dispose();
        folder.Delete(recursive: true);
    }

    /// <summary>Only the decision, and its conclusion, without a trail.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int Gate()
    {
        var errors = 0;
        for (var i = 0; i < Calls; i++)
        {
            var request = new AccessRequest
            {
                Kind = CapabilityKind.Directory,
                Operation = "path_filestat_get",
                Through = Grant,
                Access = DirectoryAccess.Read,
                Base = "/data"u8,
                Path = "file.txt"u8,
            };
            var decision = gate.Decide(in request);
            errors |= (int)gate.Conclude(in request, decision.Grant!, Errno.Success);
        }

        return errors;
    }

    /// <summary>The guest calls path_filestat_get; no trail.</summary>
    [Benchmark(OperationsPerInvoke = Calls, Baseline = true)]
    public int Stat() => Check(stat(Calls));

    /// <summary>The guest calls path_open and fd_close; no trail.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int OpenAndClose() => Check(open(Calls));

    /// <summary>The guest calls path_filestat_get, which is written as a line of JSON.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int StatWithJsonLines() => Check(statWithAudit(Calls));

    /// <summary>The guest calls path_open and fd_close, written as a line of JSON.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public int OpenAndCloseWithJsonLines() => Check(openWithAudit(Calls));

    private static int Check(int errors) => errors == 0 ? errors : throw new InvalidOperationException($"errors {errors}");

    private (Func<int, int> Stat, Func<int, int> Open) Instantiate(AuditTrail? trail)
    {
        var engine = new Engine();
        var store = new Store(engine);
        var wasi = new WasiHost(new WasiOptions
        {
            Capabilities = new CapabilitySet(new DirectoryGrant(folder.FullName, "/data") { Access = DirectoryAccess.Read }),
            Audit = trail,
        });
        owned.AddRange([store, wasi]);
        var instance = wasi.AddTo(new Linker()).Instantiate(store, Module.CompileText(engine, Text));
        return (instance.GetFunction<int, int>("stat"), instance.GetFunction<int, int>("open"));
    }

    // Within this process: what is compared stands in one run, and building another project would take minutes.
    private sealed class Here : ManualConfig
    {
        public Here() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
