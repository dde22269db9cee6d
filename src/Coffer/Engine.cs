using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// Settings and shared tables for modules and stores. Make one for the life of the process. Thread-safe.
/// </summary>
public sealed class Engine
{
    /// <summary>An engine.</summary>
    public Engine(EngineOptions? options = null)
    {
        Options = options ?? EngineOptions.Default;
        Layouts = Options.AllowNativeCode || Options.Tiered ? StructLayoutRegistry.Permanent : new StructLayoutRegistry(isCollectible: true);
    }

    /// <summary>The settings.</summary>
    public EngineOptions Options { get; }

    /// <summary>The canonical types of all modules of the engine.</summary>
    internal TypeRegistry Types { get; } = new();

    /// <summary>The classes of structs, shared by all modules of the engine.</summary>
    internal StructLayoutRegistry Layouts { get; }
}
