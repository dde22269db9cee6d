using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Coffer.Runtime;

namespace Coffer.Embedding;

/// <summary>
/// The calls of <see cref="GuestDelegate"/> for the usual delegates of numbers, compiled with the engine: making such a
/// delegate is an allocation, where others are bound by reflection. Each does what a generated one does.
/// </summary>
internal static unsafe class TypedCall
{
    // Where the types are not among those here, or do not fit the function, GuestDelegate knows what to do.
    public static Func<TResult> ToFunc<TResult>(FuncRef function) =>
        Number<TResult>.Is && Fits<Func<TResult>>(function)
            ? function.Invoke<TResult>
            : function.CreateDelegate<Func<TResult>>();

    public static Func<T1, TResult> ToFunc<T1, TResult>(FuncRef function) =>
        Number<T1>.Is && Number<TResult>.Is && Fits<Func<T1, TResult>>(function)
            ? function.Invoke<T1, TResult>
            : function.CreateDelegate<Func<T1, TResult>>();

    public static Func<T1, T2, TResult> ToFunc<T1, T2, TResult>(FuncRef function) =>
        Number<T1>.Is && Number<T2>.Is && Number<TResult>.Is && Fits<Func<T1, T2, TResult>>(function)
            ? function.Invoke<T1, T2, TResult>
            : function.CreateDelegate<Func<T1, T2, TResult>>();

    public static Func<T1, T2, T3, TResult> ToFunc<T1, T2, T3, TResult>(FuncRef function) =>
        Number<T1>.Is && Number<T2>.Is && Number<T3>.Is && Number<TResult>.Is && Fits<Func<T1, T2, T3, TResult>>(function)
            ? function.Invoke<T1, T2, T3, TResult>
            : function.CreateDelegate<Func<T1, T2, T3, TResult>>();

    public static Action ToAction(FuncRef function) =>
        Fits<Action>(function)
            ? function.InvokeAction
            : function.CreateDelegate<Action>();

    public static Action<T1> ToAction<T1>(FuncRef function) =>
        Number<T1>.Is && Fits<Action<T1>>(function)
            ? function.InvokeAction<T1>
            : function.CreateDelegate<Action<T1>>();

    public static Action<T1, T2> ToAction<T1, T2>(FuncRef function) =>
        Number<T1>.Is && Number<T2>.Is && Fits<Action<T1, T2>>(function)
            ? function.InvokeAction<T1, T2>
            : function.CreateDelegate<Action<T1, T2>>();

    public static Action<T1, T2, T3> ToAction<T1, T2, T3>(FuncRef function) =>
        Number<T1>.Is && Number<T2>.Is && Number<T3>.Is && Fits<Action<T1, T2, T3>>(function)
            ? function.InvokeAction<T1, T2, T3>
            : function.CreateDelegate<Action<T1, T2, T3>>();

    // Where nothing is made at run time, the calls are compiled with the guest, and nobody can ask what a delegate is like.
    private static bool Fits<TDelegate>(FuncRef function) =>
        RuntimeFeature.IsDynamicCodeSupported && Shape<TDelegate>.Value.Fits(function.FunctionType);

    private static TResult Invoke<TResult>(this FuncRef function) =>
        Enter<FuncCall<TResult>, TResult>(function, new FuncCall<TResult>());

    private static TResult Invoke<T1, TResult>(this FuncRef function, T1 a) =>
        Enter<FuncCall<T1, TResult>, TResult>(function, new FuncCall<T1, TResult>(a));

    private static TResult Invoke<T1, T2, TResult>(this FuncRef function, T1 a, T2 b) =>
        Enter<FuncCall<T1, T2, TResult>, TResult>(function, new FuncCall<T1, T2, TResult>(a, b));

    private static TResult Invoke<T1, T2, T3, TResult>(this FuncRef function, T1 a, T2 b, T3 c) =>
        Enter<FuncCall<T1, T2, T3, TResult>, TResult>(function, new FuncCall<T1, T2, T3, TResult>(a, b, c));

    private static void InvokeAction(this FuncRef function) =>
        Enter<ActionCall, Nothing>(function, new ActionCall());

    private static void InvokeAction<T1>(this FuncRef function, T1 a) =>
        Enter<ActionCall<T1>, Nothing>(function, new ActionCall<T1>(a));

    private static void InvokeAction<T1, T2>(this FuncRef function, T1 a, T2 b) =>
        Enter<ActionCall<T1, T2>, Nothing>(function, new ActionCall<T1, T2>(a, b));

    private static void InvokeAction<T1, T2, T3>(this FuncRef function, T1 a, T2 b, T3 c) =>
        Enter<ActionCall<T1, T2, T3>, Nothing>(function, new ActionCall<T1, T2, T3>(a, b, c));

    private static TResult Enter<TCall, TResult>(FuncRef function, TCall call) where TCall : struct, ICall<TResult>
    {
        var store = function.Context.Store;
        Exception thrown;
        store.Enter();
        try
        {
            return call.Invoke(function.Code, function.Context);
        }
        catch (Exception exception) when (Boundary.MustTranslate(exception))
        {
            thrown = exception;
        }
        finally
        {
            store.Exit();
        }

        Boundary.Rethrow(thrown);
        return default!;
    }

    /// <summary>A call with its arguments.</summary>
    private interface ICall<TResult>
    {
        TResult Invoke(nint code, FunctionContext context);
    }

    private readonly struct Nothing;

    private readonly struct FuncCall<TResult> : ICall<TResult>
    {
        public TResult Invoke(nint code, FunctionContext context) =>
            ((delegate*<FunctionContext, TResult>)code)(context);
    }

    private readonly struct FuncCall<T1, TResult>(T1 a) : ICall<TResult>
    {
        public TResult Invoke(nint code, FunctionContext context) =>
            ((delegate*<T1, FunctionContext, TResult>)code)(a, context);
    }

    private readonly struct FuncCall<T1, T2, TResult>(T1 a, T2 b) : ICall<TResult>
    {
        public TResult Invoke(nint code, FunctionContext context) =>
            ((delegate*<T1, T2, FunctionContext, TResult>)code)(a, b, context);
    }

    private readonly struct FuncCall<T1, T2, T3, TResult>(T1 a, T2 b, T3 c) : ICall<TResult>
    {
        public TResult Invoke(nint code, FunctionContext context) =>
            ((delegate*<T1, T2, T3, FunctionContext, TResult>)code)(a, b, c, context);
    }

    private readonly struct ActionCall : ICall<Nothing>
    {
        public Nothing Invoke(nint code, FunctionContext context)
        {
            ((delegate*<FunctionContext, void>)code)(context);
            return default;
        }
    }

    private readonly struct ActionCall<T1>(T1 a) : ICall<Nothing>
    {
        public Nothing Invoke(nint code, FunctionContext context)
        {
            ((delegate*<T1, FunctionContext, void>)code)(a, context);
            return default;
        }
    }

    private readonly struct ActionCall<T1, T2>(T1 a, T2 b) : ICall<Nothing>
    {
        public Nothing Invoke(nint code, FunctionContext context)
        {
            ((delegate*<T1, T2, FunctionContext, void>)code)(a, b, context);
            return default;
        }
    }

    private readonly struct ActionCall<T1, T2, T3>(T1 a, T2 b, T3 c) : ICall<Nothing>
    {
        public Nothing Invoke(nint code, FunctionContext context)
        {
            ((delegate*<T1, T2, T3, FunctionContext, void>)code)(a, b, c, context);
            return default;
        }
    }

    private static class Shape<TDelegate>
    {
        public static readonly DelegateShape Value = DelegateShape.Of(typeof(TDelegate));
    }

    /// <summary>Whether values of a type cross the boundary as they are.</summary>
    private static class Number<T>
    {
        public static readonly bool Is = typeof(T) == typeof(int) || typeof(T) == typeof(uint)
            || typeof(T) == typeof(long) || typeof(T) == typeof(ulong) || typeof(T) == typeof(float) || typeof(T) == typeof(double)
            || (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(Vector128<>));
    }
}
