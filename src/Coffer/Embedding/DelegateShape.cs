using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Coffer.Compilation;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>How the parameters and results of a delegate stand for wasm values.</summary>
internal sealed class DelegateShape
{
    private DelegateShape(Type[] parameters, Type returned)
    {
        Clr = ImmutableCollectionsMarshal.AsImmutableArray(parameters);
        TakesCaller = parameters.Length > 0 && parameters[0] == typeof(Caller);
        Parameters = TakesCaller ? Clr.RemoveAt(0) : Clr;
        Return = returned;
        Results = Return == typeof(void) ? [] : IsTuple(Return) ? [.. Return.GetGenericArguments()] : [Return];
    }

    /// <summary>All parameters of the delegate.</summary>
    public ImmutableArray<Type> Clr { get; }

    /// <summary>The parameters that are wasm values.</summary>
    public ImmutableArray<Type> Parameters { get; }

    /// <summary>What the delegate returns.</summary>
    public Type Return { get; }

    /// <summary>The results that are wasm values.</summary>
    public ImmutableArray<Type> Results { get; }

    /// <summary>Whether the first parameter is a <see cref="Caller"/>.</summary>
    public bool TakesCaller { get; }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where something can be trimmed, nobody asks.")]
    public static DelegateShape Of(Type delegateType)
    {
        var invoke = delegateType.GetMethod("Invoke")
            ?? throw new ArgumentException($"{delegateType} is no type of a delegate that can be called.");
        return new DelegateShape(Array.ConvertAll(invoke.GetParameters(), parameter => parameter.ParameterType), invoke.ReturnType);
    }

    /// <summary>The same for a <c>Func</c> or an <c>Action</c>, without asking for its methods, which takes longer.</summary>
    public static DelegateShape OfGeneric(Type delegateType, bool returns)
    {
        var types = delegateType.GenericTypeArguments;
        return returns ? new DelegateShape(types[..^1], types[^1]) : new DelegateShape(types, typeof(void));
    }

    /// <summary>Whether the delegate can stand for a function type.</summary>
    public bool Fits(FunctionType type) =>
        Fits(Parameters, type.Parameters) && Fits(Results, type.Results) && type.Results.Length <= ResultShape.LargestTuple;

    private static bool Fits(ImmutableArray<Type> clr, ImmutableArray<ValueType> wasm)
    {
        if (clr.Length != wasm.Length) return false;
        for (var i = 0; i < clr.Length; i++)
        {
            if (KindOf(clr[i]) != wasm[i].Kind) return false;
        }

        return true;
    }

    /// <summary>The function type a delegate has by itself: references are externref, or funcref for <see cref="FuncRef"/>.</summary>
    public FunctionType NaturalType() => new([.. Parameters.Select(Natural)], [.. Results.Select(Natural)]);

    /// <summary>What the delegate is as a function of a guest, for messages.</summary>
    public string Describe()
    {
        if (TakesCaller) return "takes a Caller, which only host functions do";
        var strange = Parameters.Concat(Results).FirstOrDefault(type => KindOf(type) == ValueKind.Bottom);
        return strange is not null ? $"has a {strange}, which is no WebAssembly type" : $"is {NaturalType()}";
    }

    /// <summary>The type that values of a CLR type have by themselves.</summary>
    public static ValueType Natural(Type type) => KindOf(type) switch
    {
        ValueKind.I32 => ValueType.I32,
        ValueKind.I64 => ValueType.I64,
        ValueKind.F32 => ValueType.F32,
        ValueKind.F64 => ValueType.F64,
        ValueKind.V128 => ValueType.V128,
        ValueKind.Reference when type == typeof(FuncRef) => ValueType.FuncRef,
        ValueKind.Reference => ValueType.ExternRef,
        _ => throw new ArgumentException($"A host function cannot take or return {type}: there is no WebAssembly type for it."),
    };

    /// <summary>The kind of wasm value a CLR type stands for; <see cref="ValueKind.Bottom"/> for none.</summary>
    public static ValueKind KindOf(Type type)
    {
        if (type == typeof(int) || type == typeof(uint) || type == typeof(bool)) return ValueKind.I32;
        if (type == typeof(long) || type == typeof(ulong)) return ValueKind.I64;
        if (type == typeof(float)) return ValueKind.F32;
        if (type == typeof(double)) return ValueKind.F64;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Vector128<>)) return ValueKind.V128;
        return type.IsValueType || type.IsPointer || type.IsByRef ? ValueKind.Bottom : ValueKind.Reference;
    }

    /// <summary>The CLR type that compiled code uses for a kind of value.</summary>
    public static Type Canonical(Type type) => KindOf(type) switch
    {
        ValueKind.I32 => typeof(int),
        ValueKind.I64 => typeof(long),
        ValueKind.F32 => typeof(float),
        ValueKind.F64 => typeof(double),
        ValueKind.V128 => typeof(Vector128<byte>),
        _ => typeof(object),
    };

    private static bool IsTuple(Type type) =>
        type.IsGenericType && type.IsValueType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);
}
