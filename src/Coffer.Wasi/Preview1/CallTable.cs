using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// Defines functions for guests: each call is charged, and made by one thread of the guest at a time.
/// </summary>
/// <param name="linker">Where they are defined.</param>
/// <param name="module">The name of their module.</param>
/// <param name="functionsOf">What they work with, for a caller.</param>
internal sealed class CallTable(Linker linker, string module, Func<Caller, GuestFunctions> functionsOf)
{
    /// <summary>
    /// What a call costs in fuel, in instructions. So that a guest cannot have work done by the host that its fuel does not
    /// bound; what grows with what is asked for costs more.
    /// </summary>
    private const int Fuel = 100;
    private readonly List<string> names = [];

    /// <summary>What has been defined.</summary>
    public IReadOnlyList<string> Names => names;

    public void Add(string name, Func<Call, Errno> function) =>
        Define(name, new Func<Caller, int>(caller =>
        {
            using var call = Enter(caller);
            return (int)function(call);
        }));

    public void Add<T1>(string name, Func<Call, T1, Errno> function) =>
        Define(name, new Func<Caller, T1, int>((caller, a) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a);
        }));

    public void Add<T1, T2>(string name, Func<Call, T1, T2, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, int>((caller, a, b) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b);
        }));

    public void Add<T1, T2, T3>(string name, Func<Call, T1, T2, T3, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, int>((caller, a, b, c) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c);
        }));

    public void Add<T1, T2, T3, T4>(string name, Func<Call, T1, T2, T3, T4, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, T4, int>((caller, a, b, c, d) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d);
        }));

    public void Add<T1, T2, T3, T4, T5>(string name, Func<Call, T1, T2, T3, T4, T5, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, T4, T5, int>((caller, a, b, c, d, e) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e);
        }));

    public void Add<T1, T2, T3, T4, T5, T6>(string name, Func<Call, T1, T2, T3, T4, T5, T6, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, T4, T5, T6, int>((caller, a, b, c, d, e, f) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f);
        }));

    public void Add<T1, T2, T3, T4, T5, T6, T7>(string name, Func<Call, T1, T2, T3, T4, T5, T6, T7, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>((caller, a, b, c, d, e, f, g) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f, g);
        }));

    public void Add<T1, T2, T3, T4, T5, T6, T7, T8, T9>(string name, Func<Call, T1, T2, T3, T4, T5, T6, T7, T8, T9, Errno> function) =>
        Define(name, new Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>((caller, a, b, c, d, e, f, g, h, i) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f, g, h, i);
        }));

    /// <summary>The function that does not return.</summary>
    public void AddExit(string name, Action<int> function) => Define(name, function);

    private void Define(string name, Delegate function)
    {
        names.Add(name);
        linker.DefineFunction(module, name, function);
    }

    private Call Enter(Caller caller)
    {
        caller.Store.ConsumeFuel(Fuel);
        var functions = functionsOf(caller);
        return functions.State.Gate.Enter(caller, functions);
    }
}
