using Coffer.Runtime;

namespace Coffer.Embedding;

/// <summary>
/// The delegate of <see cref="GuestDelegate"/> by which programs are started, compiled with the engine: making it at run
/// time takes longer than most programs run. It does what a generated one does.
/// </summary>
internal static unsafe class CompiledCall
{
    /// <summary>A delegate for a function; null when there is none of its type that fits.</summary>
    public static Delegate? Find(FuncRef function, Type delegateType) =>
        delegateType == typeof(Action) && function.FunctionType is { Parameters.Length: 0, Results.Length: 0 }
            ? new Action(() => Call(function))
            : null;

    private static void Call(FuncRef function)
    {
        var context = function.Context;
        var store = context.Store;
        Exception thrown;
        store.Enter();
        try
        {
            ((delegate*<FunctionContext, void>)function.Code)(context);
            return;
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
    }
}
