namespace Coffer.Fastly.Abi;

/// <summary>A function of the ABI.</summary>
/// <param name="Module">The module that guests import it from.</param>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">How many parameters it has.</param>
/// <param name="IsSupported">Whether it does what it is for; otherwise it returns that it is not supported.</param>
/// <param name="Make">Makes the delegate for the linker.</param>
internal sealed record HostFunction(string Module, string Name, int Parameters, bool IsSupported, Func<Delegate> Make);

/// <summary>
/// Collects the functions of one module of the ABI, by their number of parameters; all are 32 bits wide and the result is a
/// status.
/// </summary>
internal sealed class HostFunctions(List<HostFunction> all, string module)
{
    public void Is(string name, Func<HostCall, FastlyStatus> function) => Add(name, 0, () => (Caller caller) =>
    {
        try
        {
            return (int)function(new HostCall(caller));
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, FastlyStatus> function) => Add(name, 1, () => (Caller caller, int a) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, FastlyStatus> function) => Add(name, 2, () => (Caller caller, int a, int b) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, FastlyStatus> function) => Add(name, 3, () => (Caller caller, int a, int b, int c) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, int, FastlyStatus> function) => Add(name, 4, () => (Caller caller, int a, int b, int c, int d) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c, d);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, int, int, FastlyStatus> function) => Add(name, 5, () => (Caller caller, int a, int b, int c, int d, int e) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c, d, e);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, int, int, int, FastlyStatus> function) => Add(name, 6, () => (Caller caller, int a, int b, int c, int d, int e, int f) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c, d, e, f);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, int, int, int, int, FastlyStatus> function) => Add(name, 7, () => (Caller caller, int a, int b, int c, int d, int e, int f, int g) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c, d, e, f, g);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    public void Is(string name, Func<HostCall, int, int, int, int, int, int, int, int, FastlyStatus> function) => Add(name, 8, () => (Caller caller, int a, int b, int c, int d, int e, int f, int g, int h) =>
    {
        try
        {
            return (int)function(new HostCall(caller), a, b, c, d, e, f, g, h);
        }
        catch (StatusException ended)
        {
            return (int)ended.Status;
        }
    });

    /// <summary>A function whose delegate begins with the caller and ends calls itself.</summary>
    public void Add(string name, int parameters, Func<Delegate> make) => all.Add(new HostFunction(module, name, parameters, IsSupported: true, make));

    /// <summary>A function that the host has only to say that it does not do this.</summary>
    public void IsUnsupported(string name, int parameters) =>
        all.Add(new HostFunction(module, name, parameters, IsSupported: false, () => Unsupported(parameters)));

    private static Delegate Unsupported(int parameters) => parameters switch
    {
        0 => () => (int)FastlyStatus.Unsupported,
        1 => (int _) => (int)FastlyStatus.Unsupported,
        2 => (int _, int _) => (int)FastlyStatus.Unsupported,
        3 => (int _, int _, int _) => (int)FastlyStatus.Unsupported,
        4 => (int _, int _, int _, int _) => (int)FastlyStatus.Unsupported,
        5 => (int _, int _, int _, int _, int _) => (int)FastlyStatus.Unsupported,
        6 => (int _, int _, int _, int _, int _, int _) => (int)FastlyStatus.Unsupported,
        9 => (int _, int _, int _, int _, int _, int _, int _, int _, int _) => (int)FastlyStatus.Unsupported,
        14 => (int _, int _, int _, int _, int _, int _, int _, int _, int _, int _, int _, int _, int _, int _) => (int)FastlyStatus.Unsupported,
        _ => throw new ArgumentOutOfRangeException(nameof(parameters), parameters, "No such function is in the ABI."),
    };
}
