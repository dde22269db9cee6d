using System.Collections.Concurrent;
using System.Reflection;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>Members of the runtime that compiled code uses, each looked up by reflection only once.</summary>
internal static class Members
{
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    // By type, then by name: a key of two parts would be a dictionary that the JIT compiler has to make.
    private static readonly ConcurrentDictionary<Type, ConcurrentDictionary<string, FieldInfo>> Fields = new();
    private static readonly ConcurrentDictionary<Type, ConcurrentDictionary<string, MethodInfo>> Methods = new();

    /// <summary>Members that are used so often that even looking them up here would show.</summary>
    public static readonly FieldInfo Stop = Field<GuestInstance>(nameof(GuestInstance.Stop)),
        StackLimit = Field<GuestInstance>(nameof(GuestInstance.StackLimit)),
        ZeroVector = Field<GuestInstance>(nameof(GuestInstance.ZeroVector)),
        AllOnes = Field<GuestInstance>(nameof(GuestInstance.AllOnes)),
        Store = Field<FunctionContext>(nameof(FunctionContext.Store)),
        Fuel = Field<GuestInstance>(nameof(GuestInstance.Fuel)),
        FuelLeft = Field<FuelTank>(nameof(FuelTank.Left));

    /// <inheritdoc cref="Stop"/>
    public static readonly MethodInfo Interrupted = Method(typeof(GuestInstance), nameof(GuestInstance.Interrupted)),
        StackExhausted = Method(typeof(GuestInstance), nameof(GuestInstance.StackExhausted)),
        HasFuel = Method(typeof(GuestInstance), nameof(GuestInstance.HasFuel)),
        MayGoOn = Method(typeof(GuestInstance), nameof(GuestInstance.MayGoOn)),
        OutOfFuel = Method(typeof(GuestInstance), nameof(GuestInstance.OutOfFuel));

    // By the logarithm of the width.
    private static readonly FieldInfo[] MemoryEnds =
    [
        Field<LinearMemory>(nameof(LinearMemory.ByteLength)), Field<LinearMemory>(nameof(LinearMemory.End2)),
        Field<LinearMemory>(nameof(LinearMemory.End4)), Field<LinearMemory>(nameof(LinearMemory.End8)),
        Field<LinearMemory>(nameof(LinearMemory.End16)),
    ];

    /// <summary>The field of <see cref="LinearMemory"/> that says where accesses of a natural alignment may no longer begin.</summary>
    public static FieldInfo MemoryEnd(int alignment) => MemoryEnds[alignment];

    public static FieldInfo Field<T>(string name)
    {
        var known = Fields.GetOrAdd(typeof(T), static _ => new(StringComparer.Ordinal));
        if (!known.TryGetValue(name, out var field)) known[name] = field = typeof(T).GetField(name, Any)!;
        return field;
    }

    public static MethodInfo Method(Type type, string name)
    {
        var known = Methods.GetOrAdd(type, static _ => new(StringComparer.Ordinal));
        if (known.TryGetValue(name, out var method)) return method;
        return known[name] = type.GetMethod(name, Any) ?? throw new System.Diagnostics.UnreachableException($"{type.Name}.{name}");
    }

    /// <summary>The field of <see cref="Global"/> that holds values of a type.</summary>
    public static FieldInfo GlobalField(ValueType type) => Field<Global>(type.Kind switch
    {
        ValueKind.I32 => nameof(Global.I32),
        ValueKind.I64 => nameof(Global.I64),
        ValueKind.F32 => nameof(Global.F32),
        ValueKind.F64 => nameof(Global.F64),
        ValueKind.V128 => nameof(Global.V128),
        _ => nameof(Global.Reference),
    });
}
