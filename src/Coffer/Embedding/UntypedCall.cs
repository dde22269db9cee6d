using System.Collections.Concurrent;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Calls with values in an array. One small method is made for each shape of function type.</summary>
internal static class UntypedCall
{
    private delegate void Invoker(FuncRef function, Value[] arguments, Value[] results);

    private static readonly ConcurrentDictionary<string, Invoker> Invokers = new(StringComparer.Ordinal);

    public static Value[] Invoke(FuncRef function, ReadOnlySpan<Value> arguments)
    {
        var type = function.FunctionType;
        if (arguments.Length != type.Parameters.Length)
        {
            throw new ArgumentException($"The function takes {type.Parameters.Length} arguments ({type}), not {arguments.Length}.");
        }

        for (var i = 0; i < arguments.Length; i++) ValueChecks.Require(arguments[i], type.Parameters[i], function.Store, $"argument {i}");
        var results = new Value[type.Results.Length];
        var invoker = Invokers.GetOrAdd(ShapeOf(type), static (_, type) => Create(type), type);
        var store = function.Context.Store;
        Exception? thrown = null;
        store.Enter();
        try
        {
            invoker(function, arguments.ToArray(), results);
        }
        catch (Exception exception) when (Boundary.MustTranslate(exception))
        {
            thrown = exception;
        }
        finally
        {
            store.Exit();
        }

        if (thrown is not null) Boundary.Rethrow(thrown);
        return results;
    }

    private static string ShapeOf(FunctionType type) => string.Create(
        type.Parameters.Length + type.Results.Length + 1, type, static (shape, type) =>
        {
            for (var i = 0; i < type.Parameters.Length; i++) shape[i] = (char)type.Parameters[i].Kind;
            shape[type.Parameters.Length] = ':';
            for (var i = 0; i < type.Results.Length; i++) shape[type.Parameters.Length + 1 + i] = (char)type.Results[i].Kind;
        });

    private static Invoker Create(FunctionType type)
    {
        // What starts programs; others wait for nothing either.
        if (type.Parameters.Length + type.Results.Length == 0) return static (function, _, _) => function.Context.Call(function.Code);
        if (!RuntimeFeature.IsDynamicCodeSupported) throw NoCompiler.Refuse($"a call with values of a function {type}");
        var method = new DynamicMethod("invoke", typeof(void), [typeof(FuncRef), typeof(Value[]), typeof(Value[])], typeof(UntypedCall).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        for (var i = 0; i < type.Parameters.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelema, typeof(Value));
            il.Emit(OpCodes.Call, typeof(Value).GetMethod("As" + NameOf(type.Parameters[i]))!);
        }

        GuestDelegate.WritePointerCall(il, type);
        if (type.Results.Length > 0) StoreResults(il, type);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Invoker>();
    }

    private static void StoreResults(ILGenerator il, FunctionType type)
    {
        var returned = ResultShape.ReturnType(type);
        var raw = returned == typeof(void) ? null : il.DeclareLocal(returned);
        if (raw is not null) il.Emit(OpCodes.Stloc, raw);
        for (var i = 0; i < type.Results.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Ldc_I4, i);
            if (raw is null)
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, Members.Field<FuncRef>(nameof(FuncRef.Context)));
                il.Emit(OpCodes.Ldc_I4, i);
                il.Emit(OpCodes.Call, Members.Method(typeof(ResultOps), "Get" + CilTypes.Of(type.Results[i])));
            }
            else
            {
                il.Emit(OpCodes.Ldloc, raw);
                if (type.Results.Length > 1) il.Emit(OpCodes.Ldfld, returned.GetField($"Item{i + 1}")!);
            }

            il.Emit(OpCodes.Call, typeof(Value).GetMethod(NameOf(type.Results[i]))!);
            il.Emit(OpCodes.Stelem, typeof(Value));
        }
    }

    private static string NameOf(ValueType type) => type.Kind.ToString();
}
