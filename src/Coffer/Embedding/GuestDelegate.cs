using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>Makes delegates that call guest functions: enter the store, call, leave, translate exceptions.</summary>
internal static class GuestDelegate
{
    public static Delegate Create(FuncRef function, Type delegateType) =>
        CompiledCall.Find(function, delegateType) ?? Generate(function, delegateType);

    // By itself, so that what it uses of the platform is loaded where it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Delegate Generate(FuncRef function, Type delegateType)
    {
        if (function.Context is GuestInstance { Owner.Module.Linked: { } linked } && linked.FindDelegate(function, delegateType) is { } compiled)
        {
            return compiled;
        }

        if (!RuntimeFeature.IsDynamicCodeSupported) throw NoCompiler.Refuse($"a {delegateType} for a function {function.FunctionType}");
        return Make(function, delegateType);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "Where something can be trimmed, there is no compiler either.")]
    private static Delegate Make(FuncRef function, Type delegateType)
    {
        var shape = DelegateShape.Of(delegateType);
        if (shape.TakesCaller || !shape.Fits(function.FunctionType))
        {
            throw new ArgumentException(
                $"The function has type {function.FunctionType}; a delegate of type {delegateType} does not fit it: it {shape.Describe()}.");
        }

        if (function.FunctionType.Parameters.Length > 64) return MakeMethod(function.FunctionType, shape).CreateDelegate(delegateType, function);
        var methods = Generated.Methods.GetOrCreateValue(delegateType);
        var key = CheckedParameters(function.FunctionType);
        if (!methods.TryGetValue(key, out var method)) method = methods.GetOrAdd(key, MakeMethod(function.FunctionType, shape));
        return method.CreateDelegate(delegateType, function);
    }

    // By itself, so that it is made with the first.
    private static class Generated
    {
        // The methods for a type of delegates, by which of the parameters are checked; as long as the type lives.
        public static readonly ConditionalWeakTable<Type, ConcurrentDictionary<ulong, DynamicMethod>> Methods = [];
    }

    /// <summary>The rest of a function's type does not matter to the method: that the delegate fits was asked already.</summary>
    private static ulong CheckedParameters(FunctionType type)
    {
        var bits = 0UL;
        for (var i = 0; i < type.Parameters.Length; i++) bits |= IsChecked(type.Parameters[i]) ? 1UL << i : 0;
        return bits;
    }

    private static bool IsChecked(ValueType type) => type.Kind == ValueKind.Reference && type != ValueType.ExternRef;

    private static DynamicMethod MakeMethod(FunctionType type, DelegateShape shape)
    {
        var method = new DynamicMethod("call", shape.Return, [typeof(FuncRef), .. shape.Clr], typeof(GuestDelegate).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        WriteCall(il, type, shape.Return == typeof(void) ? null : il.DeclareLocal(shape.Return), () =>
        {
            for (var i = 0; i < shape.Parameters.Length; i++) LoadArgument(il, type.Parameters[i], i);
        }, shape);
        return method;
    }

    private static void LoadArgument(ILGenerator il, ValueType type, int index)
    {
        il.Emit(OpCodes.Ldarg, index + 1);
        if (!IsChecked(type)) return;
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, index);
        il.Emit(OpCodes.Call, Members.Method(typeof(GuestDelegate), nameof(CheckArgument)));
    }

    private static object? CheckArgument(object? value, FuncRef function, int index) => ValueChecks.RequireReference(
        Value.Reference(value), function.FunctionType.Parameters[index], function.Store, $"argument {index}");

    private static void WriteCall(ILGenerator il, FunctionType type, LocalBuilder? result, Action loadArguments, DelegateShape shape)
    {
        var store = il.DeclareLocal(typeof(Store));
        var exception = il.DeclareLocal(typeof(Exception));
        var context = Members.Field<FuncRef>(nameof(FuncRef.Context));
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, context);
        il.Emit(OpCodes.Ldfld, Members.Field<FunctionContext>(nameof(FunctionContext.Store)));
        il.Emit(OpCodes.Stloc, store);
        il.Emit(OpCodes.Ldloc, store);
        il.Emit(OpCodes.Call, Members.Method(typeof(Store), nameof(Store.Enter)));
        il.BeginExceptionBlock();
        il.BeginExceptionBlock();
        loadArguments();
        WritePointerCall(il, type);
        if (result is not null) StoreResult(il, type, shape, result);
        foreach (var caught in Boundary.FromGuest)
        {
            il.BeginCatchBlock(caught);
            il.Emit(OpCodes.Stloc, exception);
        }

        il.EndExceptionBlock();
        il.BeginFinallyBlock();
        il.Emit(OpCodes.Ldloc, store);
        il.Emit(OpCodes.Call, Members.Method(typeof(Store), nameof(Store.Exit)));
        il.EndExceptionBlock();
        var returned = il.DefineLabel();
        il.Emit(OpCodes.Ldloc, exception);
        il.Emit(OpCodes.Brfalse, returned);
        il.Emit(OpCodes.Ldloc, exception);
        il.Emit(OpCodes.Call, Members.Method(typeof(Boundary), nameof(Boundary.Rethrow)));
        il.MarkLabel(returned);
        if (result is not null) il.Emit(OpCodes.Ldloc, result);
        il.Emit(OpCodes.Ret);
    }

    /// <summary>Calls the function in argument 0 with the wasm values on the stack.</summary>
    internal static void WritePointerCall(ILGenerator il, FunctionType type)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, Members.Field<FuncRef>(nameof(FuncRef.Context)));
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, Members.Field<FuncRef>(nameof(FuncRef.Code)));
        il.EmitCalli(
            OpCodes.Calli, CallingConventions.Standard, ResultShape.ReturnType(type),
            [.. type.Parameters.Select(CilTypes.Clr), typeof(FunctionContext)], null);
    }

    private static void StoreResult(ILGenerator il, FunctionType type, DelegateShape shape, LocalBuilder result)
    {
        if (shape.Results.Length == 1)
        {
            CastReference(il, shape.Results[0]);
        }
        else if (ResultShape.ReturnType(type) is var tuple && tuple != shape.Return)
        {
            var raw = il.DeclareLocal(tuple);
            il.Emit(OpCodes.Stloc, raw);
            for (var i = 0; i < shape.Results.Length; i++)
            {
                il.Emit(OpCodes.Ldloc, raw);
                il.Emit(OpCodes.Ldfld, tuple.GetField($"Item{i + 1}")!);
                CastReference(il, shape.Results[i]);
            }

            il.Emit(OpCodes.Newobj, shape.Return.GetConstructor(shape.Return.GetGenericArguments())!);
        }

        il.Emit(OpCodes.Stloc, result);
    }

    private static void CastReference(ILGenerator il, Type type)
    {
        if (type == typeof(bool))
        {
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Cgt_Un);
        }
        else if (!type.IsValueType && type != typeof(object))
        {
            il.Emit(OpCodes.Castclass, type);
        }
    }
}
