using Coffer.Embedding;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// A reference to a function of a store: a guest's or a host's. Not thread-safe: it may be called only by the one
/// thread that uses its store.
/// </summary>
public sealed class FuncRef
{
    internal FuncRef(DefinedType type, nint code, FunctionContext context)
    {
        Type = type;
        Code = code;
        Context = context;
    }

    /// <summary>The entry point: a static method that takes the parameters in order and then the context.</summary>
    internal readonly nint Code;

    /// <summary>What the code takes as its last argument.</summary>
    internal readonly FunctionContext Context;

    /// <summary>The function's type as defined; canonical, so that types are compared by reference.</summary>
    internal readonly DefinedType Type;

    /// <summary>The function's type.</summary>
    public FunctionType FunctionType => Type.Function!;

    /// <summary>The store the function belongs to.</summary>
    public Store Store => Context.Store;

    /// <summary>Calls the function with values that are checked against its type.</summary>
    /// <param name="arguments">One value a parameter.</param>
    /// <returns>One value a result.</returns>
    /// <exception cref="ArgumentException">The arguments do not fit the type, or belong to another store.</exception>
    /// <exception cref="TrapException">The guest trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    /// <exception cref="GuestException">The guest threw an exception that nobody caught.</exception>
    /// <exception cref="InvalidOperationException">The store is in use by another thread.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public Value[] Invoke(params ReadOnlySpan<Value> arguments) => UntypedCall.Invoke(this, arguments);

    /// <summary>
    /// The function as a delegate. Parameters and results may be <see cref="int"/> or <see cref="uint"/> for i32,
    /// <see cref="long"/> or <see cref="ulong"/> for i64, <see cref="float"/>, <see cref="double"/>, a
    /// <c>Vector128</c> for v128, and for references <see cref="object"/>, <see cref="FuncRef"/> or any class; two to
    /// seven results are a value tuple, and functions of more have only <see cref="Invoke"/>. A <see cref="bool"/> is an
    /// i32 as well: any number but zero is true. Calling the delegate throws what <see cref="Invoke"/> throws.
    /// </summary>
    /// <exception cref="ArgumentException">The delegate does not fit the function's type.</exception>
    public TDelegate CreateDelegate<TDelegate>() where TDelegate : Delegate =>
        (TDelegate)GuestDelegate.Create(this, typeof(TDelegate));

    /// <summary>The type, for diagnostics.</summary>
    public override string ToString() => $"func {FunctionType}";
}
