using System.Security.Cryptography;
using System.Text;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.HttpWasm;

namespace Coffer.Edge.Filters;

/// <summary>
/// The compiled modules of filters, by their content: a filter whose configuration alone has changed starts with the machine
/// code that there is. What no filter uses any more is forgotten. Thread-safe.
/// </summary>
internal sealed class FilterModules
{
    private readonly Engine engine;
    private readonly ModuleFactory compile;
    private readonly Lock gate = new();
    private readonly Dictionary<string, WeakReference<object>> modules = [];

    /// <summary>Modules by the JIT compiler, whose code goes with them.</summary>
    public FilterModules() : this(EngineOptions.Default, Module.Compile)
    {
    }

    /// <summary>Modules that are made in a way of their own.</summary>
    public FilterModules(EngineOptions options, ModuleFactory compile)
    {
        engine = new Engine(options);
        this.compile = compile;
    }

    /// <summary>Starts a filter of the ABI that a module is made for.</summary>
    /// <exception cref="CofferException">It is no module.</exception>
    /// <exception cref="FilterException">It is no filter, or does not start.</exception>
    public async Task<IFilter> StartAsync(byte[] bytes, string name, FilterOptions options, FilterHost host) => Of(bytes, name) switch
    {
        HttpWasmModule handler => await HttpWasmFilter.StartAsync(handler, options, host).ConfigureAwait(false),
        var module => await Filter.StartAsync((FilterModule)module, options, host).ConfigureAwait(false),
    };

    /// <summary>The module, linked for its ABI.</summary>
    internal object Of(byte[] bytes, string name)
    {
        var key = name + Convert.ToHexStringLower(SHA256.HashData(bytes));
        lock (gate)
        {
            if (modules.TryGetValue(key, out var known) && known.TryGetTarget(out var module)) return module;
        }

        var plain = bytes.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'(' or (byte)';', ..]
            ? Module.CompileText(engine, Encoding.UTF8.GetString(bytes), name)
            : compile(engine, bytes, name);
        object compiled = HttpWasmModule.IsHandler(plain) ? new HttpWasmModule(plain) : new FilterModule(plain);
        lock (gate)
        {
            foreach (var gone in modules.Where(pair => !pair.Value.TryGetTarget(out _)).ToList()) modules.Remove(gone.Key);
            modules[key] = new WeakReference<object>(compiled);
        }

        return compiled;
    }
}
