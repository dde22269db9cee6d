using Coffer.Binary;
using Coffer.Embedding;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>A module that lives in a store (specification, section 4.2.6). As single-threaded as its store.</summary>
public sealed class Instance
{
    private readonly Memory[] memories;
    private Dictionary<string, object>? exports;
    private Memory? defaultMemory;

    /// <summary>
    /// Instantiates a module (specification, section 4.7.2) whose imports match: initializes, runs the start function.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="module">The module.</param>
    /// <param name="imports">A host function or an entity for each of <see cref="Module.Imports"/>.</param>
    internal Instance(Store store, Module module, object[] imports)
    {
        Store = store;
        Module = module;
        var definition = module.Definition;
        Guest = module.NewGuestInstance();
        var initializer = new InstanceInitializer(this);
        store.Register(Guest);
        for (var i = 0; i < imports.Length; i++)
        {
            var import = definition.Imports[i];
            initializer.Import(import, imports[i] is HostFunction host
                ? host.Bind(this, definition.Types[definition.Functions[import.Index].TypeIndex])
                : imports[i]);
        }

        memories = initializer.Memories;
        initializer.Initialize();
        initializer.RunActiveSegments();
        if (definition.Start >= 0) FunctionAt(definition.Start).Invoke();
    }

    private FuncRef FunctionAt(int index) => GuestInstance.Function(Guest, index);

    /// <summary>The store.</summary>
    public Store Store { get; }

    /// <summary>The module.</summary>
    public Module Module { get; }

    /// <summary>The exports by name: <see cref="FuncRef"/>, <see cref="Table"/>, <see cref="Memory"/>, <see cref="Global"/> or <see cref="Tag"/>.</summary>
    public IReadOnlyDictionary<string, object> Exports
    {
        get
        {
            if (exports is not null) return exports;
            var all = new Dictionary<string, object>(Module.Definition.Exports.Length, StringComparer.Ordinal);
            foreach (var export in Module.Definition.Exports) all.Add(export.Name, Entity(export));
            return exports = all;
        }
    }

    internal GuestInstance Guest { get; }

    internal int FunctionCount => Module.Definition.Functions.Length;

    private object Entity(ExportDeclaration export) => export.Kind switch
    {
        ExternalKind.Function => FunctionAt(export.Index),
        ExternalKind.Table => Guest.Tables[export.Index],
        ExternalKind.Memory => memories[export.Index],
        ExternalKind.Global => Guest.Globals[export.Index],
        _ => Guest.Tags[export.Index],
    };

    /// <summary>An exported function.</summary>
    /// <exception cref="KeyNotFoundException">There is no such export, or it is something else.</exception>
    public FuncRef GetFunction(string name) => Get<FuncRef>(name, "function");

    /// <summary>An exported function, or null.</summary>
    public FuncRef? FindFunction(string name) => Find(name) as FuncRef;

    /// <summary>An exported function as a delegate; see <see cref="FuncRef.CreateDelegate"/>.</summary>
    public TDelegate GetDelegate<TDelegate>(string name) where TDelegate : Delegate => GetFunction(name).CreateDelegate<TDelegate>();

    /// <summary>An exported function without parameters that returns one value.</summary>
    public Func<TResult> GetFunction<TResult>(string name) => TypedCall.ToFunc<TResult>(GetFunction(name));

    /// <summary>An exported function of one parameter.</summary>
    public Func<T1, TResult> GetFunction<T1, TResult>(string name) => TypedCall.ToFunc<T1, TResult>(GetFunction(name));

    /// <summary>An exported function of two parameters.</summary>
    public Func<T1, T2, TResult> GetFunction<T1, T2, TResult>(string name) => TypedCall.ToFunc<T1, T2, TResult>(GetFunction(name));

    /// <summary>An exported function of three parameters.</summary>
    public Func<T1, T2, T3, TResult> GetFunction<T1, T2, T3, TResult>(string name) => TypedCall.ToFunc<T1, T2, T3, TResult>(GetFunction(name));

    /// <summary>An exported function of four parameters.</summary>
    public Func<T1, T2, T3, T4, TResult> GetFunction<T1, T2, T3, T4, TResult>(string name) => GetDelegate<Func<T1, T2, T3, T4, TResult>>(name);

    /// <summary>An exported function that returns nothing.</summary>
    public Action GetAction(string name) => TypedCall.ToAction(GetFunction(name));

    /// <summary>An exported function of one parameter that returns nothing.</summary>
    public Action<T1> GetAction<T1>(string name) => TypedCall.ToAction<T1>(GetFunction(name));

    /// <summary>An exported function of two parameters that returns nothing.</summary>
    public Action<T1, T2> GetAction<T1, T2>(string name) => TypedCall.ToAction<T1, T2>(GetFunction(name));

    /// <summary>An exported function of three parameters that returns nothing.</summary>
    public Action<T1, T2, T3> GetAction<T1, T2, T3>(string name) => TypedCall.ToAction<T1, T2, T3>(GetFunction(name));

    /// <summary>An exported memory.</summary>
    /// <exception cref="KeyNotFoundException">There is no such export, or it is something else.</exception>
    public Memory GetMemory(string name = "memory") =>
        name == "memory" ? defaultMemory ??= Get<Memory>(name, "memory") : Get<Memory>(name, "memory");

    /// <summary>An exported table.</summary>
    /// <exception cref="KeyNotFoundException">There is no such export, or it is something else.</exception>
    public Table GetTable(string name) => Get<Table>(name, "table");

    /// <summary>An exported global.</summary>
    /// <exception cref="KeyNotFoundException">There is no such export, or it is something else.</exception>
    public Global GetGlobal(string name) => Get<Global>(name, "global");

    private T Get<T>(string name, string what) where T : class
    {
        if (Find(name) is T result) return result;
        var offered = Exports.Where(export => export.Value is T).Select(export => export.Key).Take(10).ToList();
        throw new KeyNotFoundException(
            $"The module exports no {what} \"{name}\". "
            + (offered.Count == 0 ? $"It exports no {what} at all." : $"It exports: {string.Join(", ", offered)}."));
    }

    private object? Find(string name) =>
        Module.Template.Exports.TryGetValue(name, out var export) ? Entity(export) : null;

    /// <summary>A reference of a function that the module defines.</summary>
    internal FuncRef NewFunction(int index) =>
        new(Module.Definition.Types[Module.Definition.Functions[index].TypeIndex], Module.CodePointer(index), Guest);
}
