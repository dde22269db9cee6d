using Coffer.Capabilities;

namespace Coffer.Wasi.Tests.Preview1;

/// <summary>A program that may have threads: a page of shared memory, <c>$spawn</c>, <c>$exit</c>, and what a test adds.</summary>
internal sealed class ThreadedGuest : IDisposable
{
    private const string Header = """
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        """;

    private const string Shared = """
        (import "env" "memory" (memory 1 1 shared))
        (export "memory" (memory 0))
        """;

    private readonly WasiHost wasi;
    private readonly Instance instance;

    public ThreadedGuest(string body, StoreLimits? limits = null, Quotas? quotas = null)
        : this("", body, new WasiOptions { Quotas = quotas ?? Quotas.Default }, limits)
    {
    }

    public ThreadedGuest(string imports, string body, WasiOptions options, StoreLimits? limits = null)
    {
        var engine = new Engine(new EngineOptions { ConsumeFuel = limits?.Fuel < long.MaxValue });
        wasi = new WasiHost(options);
        Store = new Store(engine, limits);
        Store.SetDeadline(TimeSpan.FromSeconds(60));
        var module = Module.CompileText(engine, $"(module {Header} {imports} {Shared} {body})");
        instance = wasi.AddTo(new Linker()).DefineSharedMemories(Store, module).Instantiate(Store, module);
    }

    public Store Store { get; }

    public Memory Memory => instance.GetMemory();

    public uint Run() => wasi.Run(instance);

    public void Dispose()
    {
        wasi.Dispose();
        Store.Dispose();
    }
}
