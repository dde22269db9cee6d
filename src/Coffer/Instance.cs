using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>A module that lives in a store (specification, section 4.2.6). As single-threaded as its store.</summary>
public sealed class Instance
{
    private readonly Dictionary<string, object> exports;
    private readonly Memory[] memories;
    private Memory? defaultMemory;

    /// <summary>
    /// Instantiates a module (specification, section 4.7.2): checks the imports, initializes, runs the start function.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="module">The module.</param>
    /// <param name="callers">Host functions that want to know this instance.</param>
    /// <param name="imports">One <see cref="FuncRef"/>, <see cref="Table"/>, <see cref="Memory"/>, <see cref="Global"/> or <see cref="Tag"/> for each of <see cref="Module.Imports"/>.</param>
    internal Instance(Store store, Module module, object[] imports, List<HostContext> callers)
    {
        Store = store;
        Module = module;
        var definition = module.Definition;
        Guest = module.NewGuestInstance();
        Guest.Owner = this;
        Guest.Store = store;
        Guest.Heap = store.Heap;
        Guest.Results = store.Results;
        store.Register(Guest);
        foreach (var caller in callers) caller.Caller = this;
        var initializer = new InstanceInitializer(this, imports);
        memories = initializer.Memories;
        initializer.Initialize();
        exports = new Dictionary<string, object>(definition.Exports.Length, StringComparer.Ordinal);
        foreach (var export in definition.Exports) exports.Add(export.Name, Entity(export));
        initializer.RunActiveSegments();
        if (definition.Start >= 0) FunctionAt(definition.Start).Invoke();
    }

    private FuncRef FunctionAt(int index) => GuestInstance.Function(Guest, index);

    /// <summary>The store.</summary>
    public Store Store { get; }

    /// <summary>The module.</summary>
    public Module Module { get; }

    /// <summary>The exports by name: <see cref="FuncRef"/>, <see cref="Table"/>, <see cref="Memory"/>, <see cref="Global"/> or <see cref="Tag"/>.</summary>
    public IReadOnlyDictionary<string, object> Exports => exports;

    internal GuestInstance Guest { get; }

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
    public FuncRef? FindFunction(string name) => exports.GetValueOrDefault(name) as FuncRef;

    /// <summary>An exported function as a delegate; see <see cref="FuncRef.CreateDelegate"/>.</summary>
    public TDelegate GetDelegate<TDelegate>(string name) where TDelegate : Delegate => GetFunction(name).CreateDelegate<TDelegate>();

    /// <summary>An exported function without parameters that returns one value.</summary>
    public Func<TResult> GetFunction<TResult>(string name) => GetDelegate<Func<TResult>>(name);
    /// <summary>An exported function of one parameter.</summary>
    public Func<T1, TResult> GetFunction<T1, TResult>(string name) => GetDelegate<Func<T1, TResult>>(name);
    /// <summary>An exported function of two parameters.</summary>
    public Func<T1, T2, TResult> GetFunction<T1, T2, TResult>(string name) => GetDelegate<Func<T1, T2, TResult>>(name);
    /// <summary>An exported function of three parameters.</summary>
    public Func<T1, T2, T3, TResult> GetFunction<T1, T2, T3, TResult>(string name) => GetDelegate<Func<T1, T2, T3, TResult>>(name);
    /// <summary>An exported function of four parameters.</summary>
    public Func<T1, T2, T3, T4, TResult> GetFunction<T1, T2, T3, T4, TResult>(string name) => GetDelegate<Func<T1, T2, T3, T4, TResult>>(name);
    /// <summary>An exported function that returns nothing.</summary>
    public Action GetAction(string name) => GetDelegate<Action>(name);
    /// <summary>An exported function of one parameter that returns nothing.</summary>
    public Action<T1> GetAction<T1>(string name) => GetDelegate<Action<T1>>(name);
    /// <summary>An exported function of two parameters that returns nothing.</summary>
    public Action<T1, T2> GetAction<T1, T2>(string name) => GetDelegate<Action<T1, T2>>(name);
    /// <summary>An exported function of three parameters that returns nothing.</summary>
    public Action<T1, T2, T3> GetAction<T1, T2, T3>(string name) => GetDelegate<Action<T1, T2, T3>>(name);

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
        if (exports.TryGetValue(name, out var entity) && entity is T result) return result;
        var offered = exports.Where(export => export.Value is T).Select(export => export.Key).Take(10).ToList();
        throw new KeyNotFoundException(
            $"The module exports no {what} \"{name}\". "
            + (offered.Count == 0 ? $"It exports no {what} at all." : $"It exports: {string.Join(", ", offered)}."));
    }

    internal FuncRef MakeFunction(int index)
    {
        var type = Module.Definition.Types[Module.Definition.Functions[index].TypeIndex];
        return Guest.Functions[index] = new FuncRef(type, Module.CodePointer(index), Guest);
    }
}
