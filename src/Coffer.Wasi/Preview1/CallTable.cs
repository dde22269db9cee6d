using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// Makes functions for guests: each call is charged, and made by one thread of the guest at a time. Most guests import a
/// few of the functions there are, and making one takes its time, so the list of all is gone through once for the names
/// and once for each that is imported.
/// </summary>
/// <param name="functionsOf">What they work with, for a caller.</param>
internal sealed class CallTable(Func<Caller, GuestFunctions> functionsOf)
{
    /// <summary>
    /// What a call costs in fuel, in instructions. So that a guest cannot have work done by the host that its fuel does not
    /// bound; what grows with what is asked for costs more.
    /// </summary>
    private const int Fuel = 100;
    private readonly List<string> names = [];
    private string? wanted;
    private Delegate? made;

    /// <summary>The names of all functions, once the list was gone through.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>What to say of a function with a name what it is; null when nobody asks now.</summary>
    public CallTable? this[string name]
    {
        get
        {
            if (wanted is null) names.Add(name);
            return wanted == name ? this : null;
        }
    }

    /// <summary>Makes one function, by going through the list.</summary>
    public Delegate Make(string name, Action list)
    {
        lock (names)
        {
            wanted = name;
            list();
            return made!;
        }
    }

    public void Is(Func<Call, Errno> function) => made =
        new Func<Caller, int>(caller =>
        {
            using var call = Enter(caller);
            return (int)function(call);
        });

    public void Is<T1>(Func<Call, T1, Errno> function) => made =
        new Func<Caller, T1, int>((caller, a) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a);
        });

    public void Is<T1, T2>(Func<Call, T1, T2, Errno> function) => made =
        new Func<Caller, T1, T2, int>((caller, a, b) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b);
        });

    public void Is<T1, T2, T3>(Func<Call, T1, T2, T3, Errno> function) => made =
        new Func<Caller, T1, T2, T3, int>((caller, a, b, c) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c);
        });

    public void Is<T1, T2, T3, T4>(Func<Call, T1, T2, T3, T4, Errno> function) => made =
        new Func<Caller, T1, T2, T3, T4, int>((caller, a, b, c, d) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d);
        });

    public void Is<T1, T2, T3, T4, T5>(Func<Call, T1, T2, T3, T4, T5, Errno> function) => made =
        new Func<Caller, T1, T2, T3, T4, T5, int>((caller, a, b, c, d, e) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e);
        });

    public void Is<T1, T2, T3, T4, T5, T6>(Func<Call, T1, T2, T3, T4, T5, T6, Errno> function) => made =
        new Func<Caller, T1, T2, T3, T4, T5, T6, int>((caller, a, b, c, d, e, f) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f);
        });

    public void Is<T1, T2, T3, T4, T5, T6, T7>(Func<Call, T1, T2, T3, T4, T5, T6, T7, Errno> function) => made =
        new Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>((caller, a, b, c, d, e, f, g) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f, g);
        });

    public void Is<T1, T2, T3, T4, T5, T6, T7, T8, T9>(Func<Call, T1, T2, T3, T4, T5, T6, T7, T8, T9, Errno> function) => made =
        new Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>((caller, a, b, c, d, e, f, g, h, i) =>
        {
            using var call = Enter(caller);
            return (int)function(call, a, b, c, d, e, f, g, h, i);
        });

    /// <summary>The function that does not return.</summary>
    public void IsExit(Action<int> function) => made = function;

    private Call Enter(Caller caller)
    {
        caller.Store.ConsumeFuel(Fuel);
        var functions = functionsOf(caller);
        return functions.State.Gate.Enter(caller, functions);
    }
}
