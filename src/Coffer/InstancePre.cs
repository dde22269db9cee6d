using Coffer.Embedding;

namespace Coffer;

/// <summary>
/// A module whose imports have been looked up and compared with their types, so that instances of it can be made at once:
/// made by <see cref="Linker.InstantiatePre"/>. Immutable and thread-safe: several threads may instantiate it at a time,
/// each in a store of its own.
/// </summary>
/// <example>
/// A sandbox for each request:
/// <code>
/// var pre = linker.InstantiatePre(module);
/// …
/// using var store = new Store(engine, limits);
/// var answer = pre.Instantiate(store).GetFunction&lt;int, int&gt;("answer");
/// </code>
/// </example>
public sealed class InstancePre
{
    private readonly object[] imports;

    // What belongs to a store, so that it must be the right one.
    private readonly bool hasEntities;

    internal InstancePre(Module module, object[] imports)
    {
        Module = module;
        this.imports = imports;
        hasEntities = Array.Exists(imports, import => import is not HostFunction);
    }

    /// <summary>The module.</summary>
    public Module Module { get; }

    /// <summary>
    /// Instantiates the module in a store. What the linker got from a store (all but functions of the host and shared
    /// memories) can only be used in that store.
    /// </summary>
    /// <exception cref="LinkException">Something that the module imports belongs to another store.</exception>
    /// <exception cref="TrapException">Initialization or the start function trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    /// <exception cref="GuestException">The start function threw an exception that nobody caught.</exception>
    /// <exception cref="ArgumentException">The module belongs to another engine than the store.</exception>
    /// <exception cref="InvalidOperationException">The store is in use by another thread.</exception>
    /// <exception cref="ObjectDisposedException">The store, or a memory to import, is disposed.</exception>
    public Instance Instantiate(Store store)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!ReferenceEquals(store.Engine, Module.Engine)) throw new ArgumentException("The store and the module belong to different engines.");
        store.Enter();
        try
        {
            if (hasEntities) RequireStore(store);
            return new Instance(store, Module, imports);
        }
        finally
        {
            store.Exit();
        }
    }

    private void RequireStore(Store store)
    {
        for (var i = 0; i < imports.Length; i++) ImportMatching.RequireStore(Module.Definition.Imports[i], imports[i], store);
    }
}
