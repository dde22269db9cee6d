using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Coffer.Runtime.Semantics;

/// <summary>What compiled code does with exceptions. References were checked by validation, so casts are free.</summary>
internal static class ExceptionOps
{
    public static GuestException New(Tag tag) => new(new Value[tag.FunctionType.Parameters.Length], tag);

    public static bool HasTag(object exception, Tag tag) => ReferenceEquals(Unsafe.As<GuestException>(exception).TagObject, tag);

    public static GuestException NonNull(object? exception)
    {
        if (exception is null) Trap.NullExceptionReference();
        return Unsafe.As<GuestException>(exception);
    }

    public static void SetI32(GuestException exception, int index, int value) => exception.Payload[index] = Value.I32(value);
    public static void SetI64(GuestException exception, int index, long value) => exception.Payload[index] = Value.I64(value);
    public static void SetF32(GuestException exception, int index, float value) => exception.Payload[index] = Value.F32(value);
    public static void SetF64(GuestException exception, int index, double value) => exception.Payload[index] = Value.F64(value);
    public static void SetV128(GuestException exception, int index, Vector128<byte> value) => exception.Payload[index] = Value.V128(value);
    public static void SetObject(GuestException exception, int index, object? value) => exception.Payload[index] = Value.Reference(value);

    public static int GetI32(object exception, int index) => Payload(exception, index).AsI32();
    public static long GetI64(object exception, int index) => Payload(exception, index).AsI64();
    public static float GetF32(object exception, int index) => Payload(exception, index).AsF32();
    public static double GetF64(object exception, int index) => Payload(exception, index).AsF64();
    public static Vector128<byte> GetV128(object exception, int index) => Payload(exception, index).AsV128();
    public static object? GetObject(object exception, int index) => Payload(exception, index).AsReference();

    private static Value Payload(object exception, int index) => Unsafe.As<GuestException>(exception).Payload[index];
}
