using Coffer.Wasi;

namespace Coffer.ProxyWasm.Abi;

/// <summary>All that a filter may import.</summary>
internal static class HostLinker
{
    private const string Module = "env";

    /// <summary>
    /// A linker for a module. What it imports and the host does not have is a function that traps with its name: filters import
    /// more than they call.
    /// </summary>
    public static Linker For(Module module)
    {
        var linker = WasiHost.AddFunctionsTo(new Linker());
        var known = new HostFunctions(linker, Module);
        ContextFunctions.Define(known);
        HeaderFunctions.Define(known);
        BufferFunctions.Define(known);
        StreamFunctions.Define(known);
        CallFunctions.Define(known);
        SharedFunctions.Define(known);
        MetricFunctions.Define(known);
        PropertyFunctions.Define(known);
        // Compilers for the browser tell the host of growth; nothing depends on it here.
        linker.DefineLazily(Module, "emscripten_notify_memory_growth", () => (int _) => { });
        return linker.DefineUnknownFunctions(module);
    }
}
