namespace Coffer.Runtime;

/// <summary>What every compiled function takes as its last argument: a guest's instance, or a host function's state.</summary>
internal abstract class FunctionContext
{
    /// <summary>The store of the function.</summary>
    public Store Store = null!;

    /// <summary>
    /// Where functions of many results leave them; shared by the store. Null where no type of the module has so many.
    /// </summary>
    public ResultBuffer Results = null!;

    /// <summary>Calls code of this context that takes nothing else and returns nothing.</summary>
    public unsafe void Call(nint code) => ((delegate*<FunctionContext, void>)code)(this);
}

/// <summary>The state of a host function.</summary>
internal sealed class HostContext : FunctionContext
{
    /// <summary>What is called.</summary>
    public Delegate Target = null!;

    /// <summary>Keeps the code alive.</summary>
    public Embedding.HostThunk Thunk = null!;

    /// <summary>The function's type.</summary>
    public Types.DefinedType Type = null!;

    /// <summary>The instance that imported the function.</summary>
    public Instance? Caller;
}

/// <summary>Results of functions that return too many for a value tuple: each function writes, its caller reads at once.</summary>
internal sealed class ResultBuffer
{
    /// <summary>The most results a function can have, whatever the limits of the engine say.</summary>
    public const int Capacity = 1024;

    public readonly Value[] Values = new Value[Capacity];
}
