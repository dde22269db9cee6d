using System.Collections.Immutable;
using Coffer.Plugins.Extism;
using Coffer.Plugins.Typed;
using Coffer.Wasi;

namespace Coffer.Plugins.Running;

/// <summary>
/// The compiled modules of a version, and what makes an instance of them. The imports of a single module are looked up
/// once; several are linked with each other in each sandbox. Immutable.
/// </summary>
internal sealed class ModuleGraph
{
    private const string Initialize = "_initialize", Constructors = "__wasm_call_ctors", Haskell = "hs_init";

    /// <summary>The functions that initialize a language.</summary>
    public static readonly string[] Initializers = [Initialize, Constructors, Haskell];

    private readonly ImmutableArray<(string Name, Module Module)> modules;
    private readonly PluginOptions options;
    private readonly InstancePre? single;

    /// <exception cref="LinkException">An import is not defined.</exception>
    public ModuleGraph(ImmutableArray<(string Name, Module Module)> modules, PluginOptions options)
    {
        this.modules = modules;
        this.options = options;
        UsesWasi = modules.Any(module => module.Module.Imports.Any(import => WasiOperations.Modules.Contains(import.Module)));
        if (modules.Length == 1) single = HostFunctions().InstantiatePre(Main);
    }

    /// <summary>The module that is called.</summary>
    public Module Main => modules[^1].Module;

    /// <summary>All modules.</summary>
    public IEnumerable<Module> Modules => modules.Select(module => module.Module);

    /// <summary>Whether one of them uses WASI.</summary>
    public bool UsesWasi { get; }

    /// <summary>Instantiates all modules that the main one needs, and initializes them.</summary>
    public Instance Instantiate(Store store)
    {
        if (single is null) return new LinkedModules(modules, HostFunctions, InitializeLanguage).Instantiate(store);
        var instance = single.Instantiate(store);
        InitializeLanguage(instance);
        return instance;
    }

    private Linker HostFunctions()
    {
        var linker = new Linker();
        ExtismFunctions.AddTo(linker);
        PluginErrors.AddTo(linker);
        WasiHost.AddFunctionsTo(linker);
        foreach (var function in options.Functions) linker.DefineFunction(function.Module, function.Name, function.Function);
        return linker;
    }

    // What compilers want called before all else: reactors of WASI, C++ without WASI, and the runtime of Haskell after them.
    private static void InitializeLanguage(Instance instance)
    {
        if ((instance.FindFunction(Initialize) ?? instance.FindFunction(Constructors)) is { FunctionType.Parameters.Length: 0 } initialize)
        {
            initialize.Invoke();
        }

        if (instance.FindFunction(Haskell) is { } start)
        {
            start.Invoke(start.FunctionType.Parameters.Length == 2 ? [Value.I32(0), Value.I32(0)] : []);
        }
    }
}
