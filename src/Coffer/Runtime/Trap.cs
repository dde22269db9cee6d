using System.Diagnostics.CodeAnalysis;

namespace Coffer.Runtime;

/// <summary>
/// Throws traps. Every method only throws, so that RyuJIT moves the call to the cold end of the function that uses it
/// and never tries to inline it.
/// </summary>
internal static class Trap
{
    [DoesNotReturn]
    public static void Unreachable() => throw new TrapException(TrapKind.Unreachable);

    [DoesNotReturn]
    public static void MemoryOutOfBounds() => throw new TrapException(TrapKind.MemoryOutOfBounds);

    [DoesNotReturn]
    public static void TableOutOfBounds() => throw new TrapException(TrapKind.TableOutOfBounds);

    [DoesNotReturn]
    public static void UndefinedElement() => throw new TrapException(TrapKind.UndefinedElement);

    [DoesNotReturn]
    public static void UninitializedElement() => throw new TrapException(TrapKind.UninitializedElement);

    [DoesNotReturn]
    public static void IndirectCallTypeMismatch() => throw new TrapException(TrapKind.IndirectCallTypeMismatch);

    [DoesNotReturn]
    public static void IntegerDivideByZero() => throw new TrapException(TrapKind.IntegerDivideByZero);

    [DoesNotReturn]
    public static void IntegerOverflow() => throw new TrapException(TrapKind.IntegerOverflow);

    [DoesNotReturn]
    public static void InvalidConversionToInteger() => throw new TrapException(TrapKind.InvalidConversionToInteger);

    [DoesNotReturn]
    public static void NullReference() => throw new TrapException(TrapKind.NullReference);

    [DoesNotReturn]
    public static void NullFunctionReference() => throw new TrapException(TrapKind.NullFunctionReference);

    [DoesNotReturn]
    public static void NullStructReference() => throw new TrapException(TrapKind.NullStructReference);

    [DoesNotReturn]
    public static void NullArrayReference() => throw new TrapException(TrapKind.NullArrayReference);

    [DoesNotReturn]
    public static void NullI31Reference() => throw new TrapException(TrapKind.NullI31Reference);

    [DoesNotReturn]
    public static void NullExceptionReference() => throw new TrapException(TrapKind.NullExceptionReference);

    [DoesNotReturn]
    public static void CastFailure() => throw new TrapException(TrapKind.CastFailure);

    [DoesNotReturn]
    public static void ArrayOutOfBounds() => throw new TrapException(TrapKind.ArrayOutOfBounds);

    [DoesNotReturn]
    public static void UnalignedAtomic() => throw new TrapException(TrapKind.UnalignedAtomic);

    [DoesNotReturn]
    public static void ExpectedSharedMemory() => throw new TrapException(TrapKind.ExpectedSharedMemory);

    /// <summary>Why <paramref name="value"/> cannot be truncated: NaN is one trap, everything else the other.</summary>
    [DoesNotReturn]
    public static void Truncation(double value) => throw new TrapException(
        double.IsNaN(value) ? TrapKind.InvalidConversionToInteger : TrapKind.IntegerOverflow);
}
