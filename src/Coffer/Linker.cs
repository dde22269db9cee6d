using Coffer.Embedding;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// Names for what modules may import: host functions, and entities of a store. Immutable settings aside, a linker is a
/// builder: define, then instantiate as often as wanted. Not thread-safe while being defined.
/// </summary>
public sealed class Linker
{
    // By module, then by name.
    private readonly Dictionary<string, Dictionary<string, object>> definitions = new(StringComparer.Ordinal);

    /// <summary>Defines a host function, from any delegate; see <see cref="FuncRef.CreateDelegate"/> for its types and <see cref="Caller"/> for access to the guest.</summary>
    /// <exception cref="ArgumentException">A parameter or result has no WebAssembly type, or the delegate's type was made at run time.</exception>
    public Linker DefineFunction(string module, string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return DefineEntity(module, name, new HostFunction(function));
    }

    /// <summary>
    /// Defines a host function that is made when a module first imports it, for hosts that offer many functions of which a
    /// module uses few. What <see cref="DefineFunction"/> throws is thrown by <see cref="Instantiate"/> then.
    /// </summary>
    public Linker DefineLazily(string module, string name, Func<Delegate> make) =>
        DefineEntity(module, name, new LazyFunction(make));

    /// <summary>Defines a function of a store.</summary>
    public Linker Define(string module, string name, FuncRef function) => DefineEntity(module, name, function);
    /// <summary>Defines a table of a store.</summary>
    public Linker Define(string module, string name, Table table) => DefineEntity(module, name, table);
    /// <summary>Defines a memory of a store.</summary>
    public Linker Define(string module, string name, Memory memory) => DefineEntity(module, name, memory);
    /// <summary>Defines a global of a store.</summary>
    public Linker Define(string module, string name, Global global) => DefineEntity(module, name, global);
    /// <summary>Defines a tag of a store.</summary>
    public Linker Define(string module, string name, Tag tag) => DefineEntity(module, name, tag);

    /// <summary>Defines all exports of an instance under a module name.</summary>
    public Linker DefineInstance(string module, Instance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        foreach (var (name, entity) in instance.Exports) DefineEntity(module, name, entity);
        return this;
    }

    /// <summary>
    /// Defines a new memory for every shared memory that a module imports and that is not defined: what a program that can
    /// have threads expects of its host.
    /// </summary>
    /// <exception cref="ExhaustionException">A limit of the store, or the system, refuses the size.</exception>
    public Linker DefineSharedMemories(Store store, Module module)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(module);
        foreach (var import in module.Definition.Imports)
        {
            if (import.Kind != ExternalKind.Memory || Find(import.Module, import.Name) is not null) continue;
            var type = module.Definition.Memories[import.Index];
            if (type.Limits.IsShared) Define(import.Module, import.Name, new Memory(store, type));
        }

        return this;
    }

    /// <summary>
    /// Defines a function for each function that a module imports and that is not defined: called, it ends the guest with an
    /// <see cref="UnknownImportException"/>. For ABIs of which programs import more than they call. A function with more than
    /// 16 parameters, more than one result or types other than numbers stays undefined, and linking fails with its name.
    /// </summary>
    public Linker DefineUnknownFunctions(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var import in module.Imports)
        {
            if (import.Kind != ExternalKind.Function || Find(import.Module, import.Name) is not null) continue;
            var make = UnknownImports.Make(import.Module, import.Name, (FunctionType)import.Type);
            if (make is not null) DefineFunction(import.Module, import.Name, make);
        }

        return this;
    }

    private Linker DefineEntity(string module, string name, object entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(name);
        if (!definitions.TryGetValue(module, out var names)) definitions[module] = names = new(StringComparer.Ordinal);
        names[name] = entity;
        return this;
    }

    private object? Find(string module, string name) =>
        definitions.TryGetValue(module, out var names) ? names.GetValueOrDefault(name) : null;

    /// <summary>Instantiates a module in a store, with imports from the definitions.</summary>
    /// <exception cref="LinkException">An import is not defined, or what is defined does not match it.</exception>
    /// <exception cref="TrapException">Initialization or the start function trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    /// <exception cref="GuestException">The start function threw an exception that nobody caught.</exception>
    /// <exception cref="ArgumentException">The module belongs to another engine than the store.</exception>
    /// <exception cref="InvalidOperationException">The store is in use by another thread.</exception>
    /// <exception cref="ObjectDisposedException">The store, or a memory to import, is disposed.</exception>
    public Instance Instantiate(Store store, Module module)
    {
        ArgumentNullException.ThrowIfNull(store);
        return InstantiatePre(module).Instantiate(store);
    }

    /// <summary>
    /// Looks the imports of a module up and compares their types, once for all instances that are made from the result. What
    /// is defined later does not change it.
    /// </summary>
    /// <exception cref="LinkException">An import is not defined, or what is defined does not match it.</exception>
    public InstancePre InstantiatePre(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var imports = new object[module.Definition.Imports.Length];
        for (var i = 0; i < imports.Length; i++)
        {
            var import = module.Definition.Imports[i];
            if (Find(import.Module, import.Name) is not { } definition)
            {
                throw new LinkException(
                    $"unknown import: {import.Kind.ToString().ToLowerInvariant()} \"{import.Module}\" \"{import.Name}\" is not defined");
            }

            if (definition is LazyFunction lazy) definition = lazy.Value;
            ImportMatching.Require(module.Definition, import, definition);
            imports[i] = definition;
        }

        return new InstancePre(module, imports);
    }

    // Threads of a guest instantiate from one linker at the same time.
    private sealed class LazyFunction(Func<Delegate> make)
    {
        private HostFunction? value;

        public HostFunction Value
        {
            get
            {
                if (Volatile.Read(ref value) is { } known) return known;
                lock (this) return value ??= new HostFunction(make());
            }
        }
    }
}
