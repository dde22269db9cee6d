namespace Coffer.ProxyWasm.Abi;

/// <summary>Collects the functions of the host that return a status, by their number of parameters.</summary>
internal sealed class HostFunctions(Linker linker, string module)
{
    public void Is(string name, Func<HostCall, ProxyStatus> function) =>
        Add(name, () => (Caller caller) => (int)function(new HostCall(caller)));

    public void Is(string name, Func<HostCall, int, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a) => (int)function(new HostCall(caller), a));

    public void Is(string name, Func<HostCall, int, int, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a, int b) => (int)function(new HostCall(caller), a, b));

    public void Is(string name, Func<HostCall, int, long, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a, long b) => (int)function(new HostCall(caller), a, b));

    public void Is(string name, Func<HostCall, int, int, int, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a, int b, int c) => (int)function(new HostCall(caller), a, b, c));

    public void Is(string name, Func<HostCall, int, int, int, int, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a, int b, int c, int d) => (int)function(new HostCall(caller), a, b, c, d));

    public void Is(string name, Func<HostCall, int, int, int, int, int, ProxyStatus> function) =>
        Add(name, () => (Caller caller, int a, int b, int c, int d, int e) => (int)function(new HostCall(caller), a, b, c, d, e));

    /// <summary>A function of many parameters, whose delegate begins with the caller.</summary>
    public void Add(string name, Func<Delegate> make) => linker.DefineLazily(module, name, make);
}
