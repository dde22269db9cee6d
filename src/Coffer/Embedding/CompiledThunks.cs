using Coffer.Runtime;

namespace Coffer.Embedding;

/// <summary>
/// The thunks of <see cref="HostThunk"/> for the delegates that WASI consists of, compiled with the engine: making those
/// at run time takes longer than most programs run. Each does what a generated one does.
/// </summary>
internal static class CompiledThunks
{
    private static readonly Dictionary<Type, Delegate> Thunks = [];

    static CompiledThunks()
    {
        Add();
        Add<int>();
        Add<int, int>();
        Add<int, long>();
        Add<int, int, int>();
        Add<int, long, int>();
        Add<int, long, long>();
        Add<int, int, int, int>();
        Add<int, long, int, int>();
        Add<int, long, long, int>();
        Add<int, int, int, int, int>();
        Add<int, int, int, long, int>();
        Add<int, int, int, int, int, int>();
        Add<int, int, int, int, int, int, int>();
        Add<int, int, int, int, long, long, int>();
        Add<int, int, int, int, int, long, long, int, int>();
        Thunks.Add(typeof(Action<int>), new Action<int, FunctionContext>(CallAction));
    }

    /// <summary>The types of the delegates for which there is one.</summary>
    public static IReadOnlyCollection<Type> DelegateTypes => Thunks.Keys;

    /// <summary>The thunk for a type of delegates, or null.</summary>
    public static System.Reflection.MethodInfo? Find(Type delegateType) => Thunks.GetValueOrDefault(delegateType)?.Method;

    private static T Target<T>(FunctionContext context) where T : Delegate => (T)((HostContext)context).Target;

    private static Caller CallerOf(FunctionContext context) => new(((HostContext)context).Caller);

    // One for each number of parameters: C# cannot say it once for all. Why they throw outside of the handler: see
    // Boundary.Rethrow.
    private static void Add() => Thunks.Add(typeof(Func<Caller, int>), new Func<FunctionContext, int>(Call));

    private static int Call(FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, int>>(context)(CallerOf(context)); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void CallAction(int a, FunctionContext context)
    {
        Exception thrown;
        try { Target<Action<int>>(context)(a); return; }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1>() => Thunks.Add(typeof(Func<Caller, T1, int>), new Func<T1, FunctionContext, int>(Call));

    private static int Call<T1>(T1 a, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, int>>(context)(CallerOf(context), a); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, int>), new Func<T1, T2, FunctionContext, int>(Call));

    private static int Call<T1, T2>(T1 a, T2 b, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, int>>(context)(CallerOf(context), a, b); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, int>), new Func<T1, T2, T3, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3>(T1 a, T2 b, T3 c, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, int>>(context)(CallerOf(context), a, b, c); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3, T4>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, T4, int>), new Func<T1, T2, T3, T4, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3, T4>(T1 a, T2 b, T3 c, T4 d, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, T4, int>>(context)(CallerOf(context), a, b, c, d); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3, T4, T5>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, T4, T5, int>), new Func<T1, T2, T3, T4, T5, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3, T4, T5>(T1 a, T2 b, T3 c, T4 d, T5 e, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, T4, T5, int>>(context)(CallerOf(context), a, b, c, d, e); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3, T4, T5, T6>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, T4, T5, T6, int>), new Func<T1, T2, T3, T4, T5, T6, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3, T4, T5, T6>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, T4, T5, T6, int>>(context)(CallerOf(context), a, b, c, d, e, f); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3, T4, T5, T6, T7>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>), new Func<T1, T2, T3, T4, T5, T6, T7, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3, T4, T5, T6, T7>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, T4, T5, T6, T7, int>>(context)(CallerOf(context), a, b, c, d, e, f, g); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }

    private static void Add<T1, T2, T3, T4, T5, T6, T7, T8, T9>() => Thunks.Add(
        typeof(Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>), new Func<T1, T2, T3, T4, T5, T6, T7, T8, T9, FunctionContext, int>(Call));

    private static int Call<T1, T2, T3, T4, T5, T6, T7, T8, T9>(T1 a, T2 b, T3 c, T4 d, T5 e, T6 f, T7 g, T8 h, T9 i, FunctionContext context)
    {
        Exception thrown;
        try { return Target<Func<Caller, T1, T2, T3, T4, T5, T6, T7, T8, T9, int>>(context)(CallerOf(context), a, b, c, d, e, f, g, h, i); }
        catch (Exception exception) when (Boundary.MustWrap(exception)) { thrown = exception; }
        throw Boundary.Wrap(thrown);
    }
}
