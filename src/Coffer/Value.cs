using System.Globalization;
using System.Runtime.Intrinsics;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// A value of any type, for calls whose types are not known in advance. Immutable; what a reference refers to need not
/// be.
/// </summary>
public readonly struct Value : IEquatable<Value>
{
    private readonly Vector128<ulong> bits;
    private readonly object? reference;

    private Value(ValueKind kind, ulong bits)
    {
        Kind = kind;
        this.bits = Vector128.CreateScalar(bits);
    }

    private Value(Vector128<byte> vector)
    {
        Kind = ValueKind.V128;
        bits = vector.AsUInt64();
    }

    private Value(object? reference)
    {
        Kind = ValueKind.Reference;
        this.reference = reference;
    }

    /// <summary>The kind of value.</summary>
    public ValueKind Kind { get; }

    /// <summary>An i32.</summary>
    public static Value I32(int value) => new(ValueKind.I32, (uint)value);
    /// <summary>An i64.</summary>
    public static Value I64(long value) => new(ValueKind.I64, (ulong)value);
    /// <summary>An f32.</summary>
    public static Value F32(float value) => new(ValueKind.F32, BitConverter.SingleToUInt32Bits(value));
    /// <summary>An f64.</summary>
    public static Value F64(double value) => new(ValueKind.F64, BitConverter.DoubleToUInt64Bits(value));
    /// <summary>A v128.</summary>
    public static Value V128(Vector128<byte> value) => new(value);
    /// <summary>A reference: null, a <see cref="FuncRef"/>, a guest's object, or any host object.</summary>
    public static Value Reference(object? value) => new(value);

    /// <summary>The value as i32.</summary>
    public int AsI32() => (int)Scalar(ValueKind.I32);
    /// <summary>The value as i64.</summary>
    public long AsI64() => (long)Scalar(ValueKind.I64);
    /// <summary>The value as f32.</summary>
    public float AsF32() => BitConverter.UInt32BitsToSingle((uint)Scalar(ValueKind.F32));
    /// <summary>The value as f64.</summary>
    public double AsF64() => BitConverter.UInt64BitsToDouble(Scalar(ValueKind.F64));
    /// <summary>The value as v128.</summary>
    public Vector128<byte> AsV128() => Kind == ValueKind.V128 ? bits.AsByte() : throw Mismatch(ValueKind.V128);
    /// <summary>The value as a reference.</summary>
    public object? AsReference() => Kind == ValueKind.Reference ? reference : throw Mismatch(ValueKind.Reference);

    /// <summary>Whether the value is a reference, not null, to something of an abstract heap type.</summary>
    public bool IsOfHeap(HeapKind heap) => Kind == ValueKind.Reference && reference is not null
        && Embedding.ValueChecks.ReferenceFits(reference, ValueType.Reference(heap, nullable: false));

    private ulong Scalar(ValueKind kind) => Kind == kind ? bits.ToScalar() : throw Mismatch(kind);

    private InvalidOperationException Mismatch(ValueKind wanted) => new($"The value is {Kind}, not {wanted}.");

    /// <summary>Implicit conversion from <see cref="int"/> to i32.</summary>
    public static implicit operator Value(int value) => I32(value);
    /// <summary>Implicit conversion from <see cref="long"/> to i64.</summary>
    public static implicit operator Value(long value) => I64(value);
    /// <summary>Implicit conversion from <see cref="float"/> to f32.</summary>
    public static implicit operator Value(float value) => F32(value);
    /// <summary>Implicit conversion from <see cref="double"/> to f64.</summary>
    public static implicit operator Value(double value) => F64(value);

    /// <summary>Whether two values have the same kind and the same bits or reference.</summary>
    public bool Equals(Value other) => Kind == other.Kind && bits == other.bits && ReferenceEquals(reference, other.reference);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, bits, reference);

    /// <summary>Whether two values are the same.</summary>
    public static bool operator ==(Value left, Value right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    /// <summary>The value in decimal, or the reference's own text.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.I32 => AsI32().ToString(CultureInfo.InvariantCulture),
        ValueKind.I64 => AsI64().ToString(CultureInfo.InvariantCulture),
        ValueKind.F32 => AsF32().ToString("R", CultureInfo.InvariantCulture),
        ValueKind.F64 => AsF64().ToString("R", CultureInfo.InvariantCulture),
        ValueKind.V128 => AsV128().AsUInt32().ToString(),
        _ => reference?.ToString() ?? "null",
    };
}
