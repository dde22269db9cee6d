namespace Coffer.EscapeTests;

/// <summary>A guest that is a program: text of a module that has its own way in.</summary>
internal sealed class GuestProgram : IDisposable
{
    private readonly WasiHost wasi;
    private readonly Instance instance;

    /// <param name="body">The fields of the module.</param>
    /// <param name="limits">What its store may use; fuel is counted only when it is limited.</param>
    /// <param name="options">What it was granted.</param>
    public GuestProgram(string body, StoreLimits? limits, WasiOptions options)
    {
        var engine = limits?.Fuel < long.MaxValue ? new Engine(new EngineOptions { ConsumeFuel = true }) : Guest.Engine;
        wasi = new WasiHost(options);
        Store = new Store(engine, limits);
        Store.SetDeadline(TimeSpan.FromSeconds(30));
        Module = Module.CompileText(engine, $"(module {body})");
        Linker = wasi.AddTo(new Linker()).DefineSharedMemories(Store, Module);
        instance = Linker.Instantiate(Store, Module);
    }

    public Store Store { get; }

    public Module Module { get; }

    public Linker Linker { get; }

    /// <summary>The memory that it exports as such.</summary>
    public Memory? Memory => instance.Exports.GetValueOrDefault("memory") as Memory;

    /// <summary>One of the tables that it exports.</summary>
    public Table Table(string name) => instance.GetTable(name);

    public uint Run() => wasi.Run(instance);

    /// <summary>Calls one of its functions.</summary>
    public Value[] Call(string name, params ReadOnlySpan<Value> arguments) => instance.GetFunction(name).Invoke(arguments);

    public void Dispose()
    {
        wasi.Dispose();
        Store.Dispose();
    }
}
