using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Plugins.Running;

/// <summary>A function that can be called without arguments: what Extism's plugins export.</summary>
internal readonly struct PluginExport
{
    private readonly Action? action;
    private readonly Func<int>? small;
    private readonly Func<long>? large;

    private PluginExport(Action? action, Func<int>? small, Func<long>? large)
    {
        this.action = action;
        this.small = small;
        this.large = large;
    }

    /// <summary>Finds a function.</summary>
    /// <exception cref="PluginException">There is none, or it takes arguments.</exception>
    public static PluginExport Find(string plugin, Instance instance, string name)
    {
        var function = instance.FindFunction(name) ?? throw Missing(plugin, instance, name);
        var type = function.FunctionType;
        if (type.Parameters.Length == 0)
        {
            if (type.Results.Length == 0) return new PluginExport(instance.GetAction(name), null, null);
            if (type.Results.Length == 1 && type.Results[0] == ValueType.I32) return new PluginExport(null, instance.GetFunction<int>(name), null);
            if (type.Results.Length == 1 && type.Results[0] == ValueType.I64) return new PluginExport(null, null, instance.GetFunction<long>(name));
        }

        throw new PluginException(
            PluginFailure.NoFunction, plugin, $"the function \"{name}\" has the type {type}; one that can be called with blocks takes nothing and returns an i32, an i64 or nothing.");
    }

    /// <summary>What says that there is no such function, and which there are.</summary>
    public static PluginException Missing(string plugin, Instance instance, string name)
    {
        var offered = instance.Module.Exports.Where(export => export.Kind == ExternalKind.Function).Select(export => export.Name).Take(20);
        return new PluginException(PluginFailure.NoFunction, plugin, $"there is no function \"{name}\". It has: {string.Join(", ", offered)}.");
    }

    /// <summary>Calls it; 0 for one that returns nothing, or that ends its program with success.</summary>
    public long Invoke()
    {
        try
        {
            if (small is not null) return small();
            if (large is not null) return large();
            action!();
            return 0;
        }
        catch (ProcExitException exit) when (exit.ExitCode == 0)
        {
            return 0;
        }
    }
}
