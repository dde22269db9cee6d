using System.Runtime.Intrinsics;
using Coffer.Types;

namespace Coffer;

/// <summary>A global of a store (specification, section 4.2.9). As single-threaded as its store.</summary>
public sealed class Global
{
    // One field for each kind, so that compiled code reads and writes its own without a conversion.
    internal int I32;
    internal long I64;
    internal float F32;
    internal double F64;
    internal Vector128<byte> V128;
    internal object? Reference;

    internal Global(Store store, GlobalType type)
    {
        Store = store;
        Type = type;
    }

    /// <summary>A new global.</summary>
    /// <exception cref="ArgumentException">The value does not have the type, or belongs to another store.</exception>
    public Global(Store store, GlobalType type, Value value) : this(store, type)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(type);
        Set(value);
    }

    /// <summary>The store it belongs to.</summary>
    public Store Store { get; }

    /// <summary>The type.</summary>
    public GlobalType Type { get; }

    /// <summary>The value. Setting checks the type.</summary>
    /// <exception cref="InvalidOperationException">The global is immutable.</exception>
    /// <exception cref="ArgumentException">The value does not have the type, or belongs to another store.</exception>
    public Value Value
    {
        get => Get();
        set
        {
            if (!Type.IsMutable) throw new InvalidOperationException("The global is immutable.");
            Set(value);
        }
    }

    private Value Get() => Type.Type.Kind switch
    {
        ValueKind.I32 => Value.I32(I32),
        ValueKind.I64 => Value.I64(I64),
        ValueKind.F32 => Value.F32(F32),
        ValueKind.F64 => Value.F64(F64),
        ValueKind.V128 => Value.V128(V128),
        _ => Value.Reference(Reference),
    };

    internal void Set(Value value)
    {
        Embedding.ValueChecks.Require(value, Type.Type, Store, "the global's value");
        switch (value.Kind)
        {
            case ValueKind.I32: I32 = value.AsI32(); break;
            case ValueKind.I64: I64 = value.AsI64(); break;
            case ValueKind.F32: F32 = value.AsF32(); break;
            case ValueKind.F64: F64 = value.AsF64(); break;
            case ValueKind.V128: V128 = value.AsV128(); break;
            default: Reference = value.AsReference(); break;
        }
    }
}
