using Coffer.Capabilities;
using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;

namespace Coffer.Fuzz.Wasi;

/// <summary>A guest that does nothing but the calls it is told to.</summary>
internal sealed class WasiSandbox : IDisposable
{
    public const int MemoryBytes = 65536;
    public const byte Canary = (byte)'?';
    private static readonly Engine Engine = new();
    private static readonly Module Guest = Module.CompileText(Engine, $"""
        (module
          {string.Join('\n', WasiFunction.All.Select(Import))}
          (memory (export "memory") 1 1))
        """);

    private readonly Store store = new(Engine);
    private readonly WasiHost wasi;
    private readonly Instance instance;

    public WasiSandbox(Quotas quotas, AuditTrail? trail, params ReadOnlySpan<Grant> directories)
    {
        wasi = new WasiHost(new WasiOptions
        {
            Capabilities = CapabilitySet.Default.With([.. directories]),
            ProgramName = "fuzz",
            RootWitness = false,
            Quotas = quotas,
            Audit = trail,
        });
        store.SetDeadline(TimeSpan.FromSeconds(20));
        instance = wasi.AddTo(new Linker()).Instantiate(store, Guest);
        Memory.GetSpan(0, MemoryBytes).Fill(Canary);
    }

    public Memory Memory => instance.GetMemory();

    public void CopyTo(byte[] snapshot) => Memory.GetSpan(0, MemoryBytes).CopyTo(snapshot);

    public void Put(WasiCall call)
    {
        foreach (var (place, bytes) in call.Inputs) bytes.CopyTo(Memory.GetSpan((ulong)place, bytes.Length));
    }

    public Errno Call(WasiCall call)
    {
        var values = new Value[call.Arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = call.Function.IsWide(i) ? Value.I64(call.Arguments[i]) : Value.I32(call.Number(i));
        }

        return (Errno)instance.GetFunction(call.Name).Invoke(values)[0].AsI32();
    }

    public void Dispose()
    {
        store.Dispose();
        wasi.Dispose();
    }

    private static string Import(WasiFunction function)
    {
        var types = function.Roles.Select((_, i) => function.IsWide(i) ? "i64" : "i32");
        return $"""
            (func (export "{function.Name}") (import "wasi_snapshot_preview1" "{function.Name}")
              (param {string.Join(' ', types)}) (result i32))
            """;
    }
}
