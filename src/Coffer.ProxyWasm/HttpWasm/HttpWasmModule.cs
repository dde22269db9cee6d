using Coffer.ProxyWasm.Abi;
using Coffer.Wasi;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>A module that is a handler of http-wasm, linked with the host once for all instances. Immutable and thread-safe.</summary>
public sealed class HttpWasmModule
{
    /// <summary>Links a module.</summary>
    /// <exception cref="FilterException">It is no handler.</exception>
    public HttpWasmModule(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        Module = module;
        if (!IsHandler(module)) throw new FilterException($"{module.Name} is no http-wasm handler: it does not export handle_request, handle_response and memory");
        ReadsBodies = module.Imports.Any(import => import is { Module: HttpWasmFunctions.Module, Name: "read_body" });
        try
        {
            var linker = WasiHost.AddFunctionsTo(new Linker());
            HttpWasmFunctions.Define(linker);
            linker.DefineUnknownFunctions(module);
            Pre = linker.InstantiatePre(module);
        }
        catch (LinkException exception)
        {
            throw new FilterException($"{module.Name} cannot be linked: {exception.Message}", exception);
        }
    }

    /// <summary>The module.</summary>
    public Module Module { get; }

    internal InstancePre Pre { get; }

    /// <summary>Whether it can ask for bodies.</summary>
    internal bool ReadsBodies { get; }

    /// <summary>Whether a module is a handler.</summary>
    public static bool IsHandler(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        string[] needed = ["handle_request", "handle_response", "memory"];
        return needed.All(name => module.Exports.Any(export => export.Name == name));
    }
}
