using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm;

/// <summary>A module that is a filter, linked with the host once for all VMs. Immutable and thread-safe.</summary>
public sealed class FilterModule
{
    private static readonly (string Marker, AbiVersion Version)[] Markers =
    [
        ("proxy_abi_version_0_2_1", AbiVersion.Version021),
        ("proxy_abi_version_0_2_0", AbiVersion.Version020),
        ("proxy_abi_version_0_1_0", AbiVersion.Version010),
    ];

    /// <summary>Links a module.</summary>
    /// <exception cref="FilterException">It is no filter of a known version of the ABI.</exception>
    public FilterModule(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        Module = module;
        Version = VersionOf(module);
        IsAssemblyScript = module.Exports.Any(export => export.Name is "__retain" or "__new");
        CanRespond = module.Imports.Any(import => import.Name == "proxy_send_local_response");
        try
        {
            Pre = HostLinker.For(module).InstantiatePre(module);
        }
        catch (LinkException exception)
        {
            throw new FilterException($"{module.Name} cannot be linked: {exception.Message}", exception);
        }
    }

    /// <summary>The module.</summary>
    public Module Module { get; }

    /// <summary>The version of the ABI that it is made for.</summary>
    public AbiVersion Version { get; }

    internal InstancePre Pre { get; }

    /// <summary>The VMs in which several filters may be.</summary>
    internal SharedVms SharedVms { get; } = new();

    /// <summary>Whether the runtime of AssemblyScript is in it.</summary>
    internal bool IsAssemblyScript { get; }

    /// <summary>Whether it imports the function by which a filter answers.</summary>
    internal bool CanRespond { get; }

    /// <summary>Whether a module says that it is a filter.</summary>
    public static bool IsFilter(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.Exports.Any(export => Markers.Any(row => row.Marker == export.Name));
    }

    private static AbiVersion VersionOf(Module module)
    {
        var names = module.Exports.Select(export => export.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (marker, version) in Markers)
        {
            if (names.Contains(marker)) return version;
        }

        throw new FilterException(
            $"{module.Name} is no proxy-wasm filter: it exports none of {string.Join(", ", Markers.Select(row => row.Marker))}");
    }
}
