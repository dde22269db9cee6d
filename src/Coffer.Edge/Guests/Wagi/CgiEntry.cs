using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>
/// The function of a program that answers a request: <c>_start</c>, with which it also begins; or, of a reactor, <c>handle</c>,
/// which may be called again and again once <c>_initialize</c> was. Immutable.
/// </summary>
internal sealed class CgiEntry
{
    private const string Initialize = "_initialize";
    private readonly bool isInitialized;

    private CgiEntry(string name, bool isInitialized)
    {
        Name = name;
        this.isInitialized = isInitialized;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>That of a module; null when there is none.</summary>
    public static CgiEntry? Of(Module module)
    {
        var hasInitialize = false;
        string? name = null;
        foreach (var export in module.Exports)
        {
            if (export.Kind != ExternalKind.Function) continue;
            if (export.Name is "_start" or "handle" && name != "handle") name = export.Name;
            hasInitialize |= export.Name == Initialize;
        }

        return name is null ? null : new CgiEntry(name, hasInitialize && name == "handle");
    }

    /// <summary>Answers a request.</summary>
    /// <param name="wasi">What the guest has.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="isFirst">Whether it is the first that this instance answers.</param>
    /// <returns>The code that the guest exited with.</returns>
    public uint Run(WasiHost wasi, Instance instance, bool isFirst)
    {
        if (isInitialized && isFirst && wasi.Run(instance, Initialize) is not 0 and var code) return code;
        return wasi.Run(instance, Name);
    }
}
