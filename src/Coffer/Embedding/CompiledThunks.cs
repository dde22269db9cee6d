using Coffer.Runtime;

namespace Coffer.Embedding;

/// <summary>
/// The thunks of <see cref="HostThunk"/> for the delegates that WASI consists of, compiled with the engine: making those
/// at run time takes longer than most programs run. Each does what a generated one does.
/// </summary>
internal static unsafe class CompiledThunks
{
    /// <summary>The types of the delegates for which there is one.</summary>
    public static IReadOnlyCollection<Type> DelegateTypes =>
    [
        typeof(Action<int>),
        typeof(Func<Caller, int>),
        typeof(Func<Caller, int, int>),
        typeof(Func<Caller, int, int, int>),
        typeof(Func<Caller, int, long, int>),
        typeof(Func<Caller, int, int, int, int>),
        typeof(Func<Caller, int, long, int, int>),
        typeof(Func<Caller, int, long, long, int>),
        typeof(Func<Caller, int, int, int, int, int>),
        typeof(Func<Caller, int, long, int, int, int>),
        typeof(Func<Caller, int, long, long, int, int>),
        typeof(Func<Caller, int, int, int, int, int, int>),
        typeof(Func<Caller, int, int, int, long, int, int>),
        typeof(Func<Caller, int, int, int, int, int, int, int>),
        typeof(Func<Caller, int, int, int, int, int, int, int, int>),
        typeof(Func<Caller, int, int, int, int, long, long, int, int>),
        typeof(Func<Caller, int, int, int, int, int, long, long, int, int, int>),
    ];

    /// <summary>The thunk for a type of delegates, or 0. Touches no more types than it must: each takes time to be loaded.</summary>
    public static nint Find(Type type) => type.GenericTypeArguments.Length switch
    {
        1 => type == typeof(Action<int>) ? (nint)(delegate*<int, FunctionContext, void>)&Exit : 0,
        2 => type == typeof(Func<Caller, int>) ? (nint)(delegate*<FunctionContext, int>)&Call : 0,
        3 => Find<int>(type),
        4 => Find<int, int>(type) + Find<int, long>(type),
        5 => Find<int, int, int>(type) + Find<int, long, int>(type) + Find<int, long, long>(type),
        6 => Find<int, int, int, int>(type) + Find<int, long, int, int>(type) + Find<int, long, long, int>(type),
        7 => Find<int, int, int, int, int>(type) + Find<int, int, int, long, int>(type),
        8 => Find<int, int, int, int, int, int>(type),
        9 => Find<int, int, int, int, int, int, int>(type) + Find<int, int, int, int, long, long, int>(type),
        11 => Find<int, int, int, int, int, long, long, int, int>(type),
        _ => 0,
    };

    private static Delegate TargetOf(FunctionContext context) => ((HostContext)context).Target;

    private static Caller CallerOf(FunctionContext context) => new(((HostContext)context).Caller);

    // One for each number of parameters: C# cannot say it once for all. Why they throw outside of the handler: see
    // Boundary.Rethrow.
    private static void Exit(int a, FunctionContext context)
    {
        Exception thrown;
        try { ((Action<int>)TargetOf(context))(a); return; }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static int Call(FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, int>)TargetOf(context))(CallerOf(context)); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1>(Type type) =>
        type == typeof(Func<Caller, T1, int>) ? (nint)(delegate*<T1, FunctionContext, int>)&Call<T1> : 0;

    private static int Call<T1>(T1 a, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, int>)TargetOf(context))(CallerOf(context), a); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2>(Type type) =>
        type == typeof(Func<Caller, T1, T2, int>) ? (nint)(delegate*<T1, T2, FunctionContext, int>)&Call<T1, T2> : 0;

    private static int Call<T1, T2>(T1 a, T2 b, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, int>)TargetOf(context))(CallerOf(context), a, b); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, int>) ? (nint)(delegate*<T1, T2, T3, FunctionContext, int>)&Call<T1, T2, T3> : 0;

    private static int Call<T1, T2, T3>(T1 a, T2 b, T3 c, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, int>)TargetOf(context))(CallerOf(context), a, b, c); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3, T4>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, T4, int>) ? (nint)(delegate*<T1, T2, T3, T4, FunctionContext, int>)&Call<T1, T2, T3, T4> : 0;

    private static int Call<T1, T2, T3, T4>(T1 a, T2 b, T3 c, T4 d, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, T4, int>)TargetOf(context))(CallerOf(context), a, b, c, d); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3, T4, T5>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, T4, T5, int>) ? (nint)(delegate*<T1, T2, T3, T4, T5, FunctionContext, int>)&Call<T1, T2, T3, T4, T5> : 0;

    private static int Call<T1, T2, T3, T4, T5>(T1 a, T2 b, T3 c, T4 d, T5 e, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, T4, T5, int>)TargetOf(context))(CallerOf(context), a, b, c, d, e); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3, T4, T5, T6>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, T4, T5, T6, int>) ? (nint)(delegate*<T1, T2, T3, T4, T5, T6, FunctionContext, int>)&Call<T1, T2, T3, T4, T5, T6> : 0;

    private static int Call<T1, T2, T3, T4, T5, T6>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, T4, T5, T6, int>)TargetOf(context))(CallerOf(context), a, b, c, d, e, f); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3, T4, T5, T6, T7>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>) ? (nint)(delegate*<T1, T2, T3, T4, T5, T6, T7, FunctionContext, int>)&Call<T1, T2, T3, T4, T5, T6, T7> : 0;

    private static int Call<T1, T2, T3, T4, T5, T6, T7>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>)TargetOf(context))(CallerOf(context), a, b, c, d, e, f, g); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static nint Find<T1, T2, T3, T4, T5, T6, T7, T8, T9>(Type type) =>
        type == typeof(Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>) ? (nint)(delegate*<T1, T2, T3, T4, T5, T6, T7, T8, T9, FunctionContext, int>)&Call<T1, T2, T3, T4, T5, T6, T7, T8, T9> : 0;

    private static int Call<T1, T2, T3, T4, T5, T6, T7, T8, T9>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g, T8 h, T9 i, FunctionContext context)
    {
        Exception thrown;
        try { return ((Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>)TargetOf(context))(CallerOf(context), a, b, c, d, e, f, g, h, i); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }
}
