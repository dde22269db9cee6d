using System.Security.Cryptography;
using System.Text;
using Coffer.ProxyWasm;

namespace Coffer.Server.Proxy;

/// <summary>
/// The compiled modules of filters, by their content: a filter whose configuration alone has changed starts with the machine
/// code that there is. What no filter uses any more is forgotten. Thread-safe.
/// </summary>
internal sealed class FilterModules
{
    private readonly Engine engine = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, WeakReference<FilterModule>> modules = [];

    /// <exception cref="CofferException">It is no module.</exception>
    /// <exception cref="FilterException">It is no filter.</exception>
    public FilterModule Of(byte[] bytes, string name)
    {
        var key = name + Convert.ToHexStringLower(SHA256.HashData(bytes));
        lock (gate)
        {
            if (modules.TryGetValue(key, out var known) && known.TryGetTarget(out var module)) return module;
        }

        var compiled = new FilterModule(bytes is [0, (byte)'a', (byte)'s', (byte)'m', ..]
            ? Module.Compile(engine, bytes, name)
            : Module.CompileText(engine, Encoding.UTF8.GetString(bytes), name));
        lock (gate)
        {
            foreach (var gone in modules.Where(pair => !pair.Value.TryGetTarget(out _)).ToList()) modules.Remove(gone.Key);
            modules[key] = new WeakReference<FilterModule>(compiled);
        }

        return compiled;
    }
}
