using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V128 = System.Runtime.Intrinsics.Vector128<byte>;

namespace Coffer.Runtime.Semantics;

// Loads and stores. The address is the host's, and the caller has seen to it that the access is inside the memory or
// faults where a trap is expected; it need not be aligned.
internal static unsafe partial class VectorOps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load(byte* address) => Vector128.Load(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void V128Store(byte* address, V128 value) => value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load8x8S(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int16((sbyte*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address).AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load8x8U(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int16((byte*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load16x4S(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int32((short*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address).AsInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load16x4U(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int32((ushort*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address).AsUInt16()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load32x2S(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int64((int*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address).AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load32x2U(byte* address) => Sse41.IsSupported
        ? Sse41.ConvertToVector128Int64((uint*)address).AsByte()
        : Vector128.WidenLower(LoadLow(address).AsUInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load8Splat(byte* address) =>
        Vector128.Create(Unsafe.ReadUnaligned<byte>(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load16Splat(byte* address) =>
        Vector128.Create(Unsafe.ReadUnaligned<ushort>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load32Splat(byte* address) =>
        Vector128.Create(Unsafe.ReadUnaligned<uint>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load64Splat(byte* address) =>
        Vector128.Create(Unsafe.ReadUnaligned<ulong>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load32Zero(byte* address) =>
        Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load64Zero(byte* address) =>
        Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load8Lane(byte* address, V128 vector, byte lane) =>
        vector.WithElement(lane, Unsafe.ReadUnaligned<byte>(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load16Lane(byte* address, V128 vector, byte lane) =>
        vector.AsUInt16().WithElement(lane, Unsafe.ReadUnaligned<ushort>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load32Lane(byte* address, V128 vector, byte lane) =>
        vector.AsUInt32().WithElement(lane, Unsafe.ReadUnaligned<uint>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V128 V128Load64Lane(byte* address, V128 vector, byte lane) =>
        vector.AsUInt64().WithElement(lane, Unsafe.ReadUnaligned<ulong>(address)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void V128Store8Lane(byte* address, V128 vector, byte lane) =>
        Unsafe.WriteUnaligned(address, vector.GetElement(lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void V128Store16Lane(byte* address, V128 vector, byte lane) =>
        Unsafe.WriteUnaligned(address, vector.AsUInt16().GetElement(lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void V128Store32Lane(byte* address, V128 vector, byte lane) =>
        Unsafe.WriteUnaligned(address, vector.AsUInt32().GetElement(lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void V128Store64Lane(byte* address, V128 vector, byte lane) =>
        Unsafe.WriteUnaligned(address, vector.AsUInt64().GetElement(lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V128 LoadLow(byte* address) =>
        Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(address)).AsByte();
}
