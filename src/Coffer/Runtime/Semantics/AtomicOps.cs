using System.Runtime.CompilerServices;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// The atomic instructions of the threads proposal. Addresses are those of the host: the caller has checked alignment
/// (<see cref="CheckAligned"/>) and bounds. Everything is sequentially consistent: a load acquires, whatever writes is
/// a full fence. A narrow access works on the low bits of its operands, the expected value of an exchange included, and
/// its result is extended with zeros.
/// </summary>
internal static unsafe class AtomicOps
{
    /// <summary>Traps unless an effective address is a multiple of the access width, a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckAligned(ulong effectiveAddress, uint width)
    {
        if ((effectiveAddress & (width - 1)) != 0)
            Trap.UnalignedAtomic();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AtomicFence() => Interlocked.MemoryBarrier();

    /// <summary>Wakes up to so many waiters (unsigned), returns how many; an unshared memory has none.</summary>
    /// <exception cref="TrapException">The address is not aligned or not inside the memory.</exception>
    public static int MemoryAtomicNotify(LinearMemory memory, ulong effectiveAddress, int count)
    {
        CheckAligned(effectiveAddress, sizeof(int));
        memory.GetPointer(effectiveAddress, sizeof(int));
        return memory.Waiters is { } waiters ? (int)waiters.Notify(effectiveAddress, (uint)count) : 0;
    }

    /// <summary>Waits while the i32 is as expected; the result is a <see cref="WaitResult"/>.</summary>
    /// <exception cref="TrapException">
    /// The address is not aligned or not inside the memory, or the memory is not shared.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was interrupted.</exception>
    public static int MemoryAtomicWait32(
        LinearMemory memory,
        ulong effectiveAddress,
        int expected,
        long timeoutNanoseconds,
        CancellationToken interrupt)
    {
        CheckAligned(effectiveAddress, sizeof(int));
        var address = memory.GetPointer(effectiveAddress, sizeof(int));
        return Wait(memory, effectiveAddress, () => I32AtomicLoad(address) == expected, timeoutNanoseconds, interrupt);
    }

    /// <summary>Waits while the i64 is as expected; the result is a <see cref="WaitResult"/>.</summary>
    /// <exception cref="TrapException">
    /// The address is not aligned or not inside the memory, or the memory is not shared.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was interrupted.</exception>
    public static int MemoryAtomicWait64(
        LinearMemory memory,
        ulong effectiveAddress,
        long expected,
        long timeoutNanoseconds,
        CancellationToken interrupt)
    {
        CheckAligned(effectiveAddress, sizeof(long));
        var address = memory.GetPointer(effectiveAddress, sizeof(long));
        return Wait(memory, effectiveAddress, () => I64AtomicLoad(address) == expected, timeoutNanoseconds, interrupt);
    }

    private static int Wait(
        LinearMemory memory, ulong address, Func<bool> isEqual, long timeoutNanoseconds, CancellationToken interrupt)
    {
        if (memory.Waiters is null)
            Trap.ExpectedSharedMemory();
        return (int)memory.Waiters.Wait(address, isEqual, timeoutNanoseconds, interrupt);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicLoad(byte* address) => Volatile.Read(ref *(int*)address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicLoad8U(byte* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicLoad16U(byte* address) => Volatile.Read(ref *(ushort*)address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicLoad(byte* address) => Volatile.Read(ref *(long*)address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicLoad8U(byte* address) => Volatile.Read(ref *address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicLoad16U(byte* address) => Volatile.Read(ref *(ushort*)address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicLoad32U(byte* address) => Volatile.Read(ref *(uint*)address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I32AtomicStore(byte* address, int value) => Interlocked.Exchange(ref *(int*)address, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I32AtomicStore8(byte* address, int value) => Interlocked.Exchange(ref *address, (byte)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I32AtomicStore16(byte* address, int value) =>
        Interlocked.Exchange(ref *(ushort*)address, (ushort)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I64AtomicStore(byte* address, long value) => Interlocked.Exchange(ref *(long*)address, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I64AtomicStore8(byte* address, long value) => Interlocked.Exchange(ref *address, (byte)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I64AtomicStore16(byte* address, long value) =>
        Interlocked.Exchange(ref *(ushort*)address, (ushort)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void I64AtomicStore32(byte* address, long value) =>
        Interlocked.Exchange(ref *(uint*)address, (uint)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwAdd(byte* address, int operand) =>
        Interlocked.Add(ref *(int*)address, operand) - operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8AddU(byte* address, int operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Add>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16AddU(byte* address, int operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Add>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwAdd(byte* address, long operand) =>
        Interlocked.Add(ref *(long*)address, operand) - operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8AddU(byte* address, long operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Add>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16AddU(byte* address, long operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Add>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32AddU(byte* address, long operand) =>
        Interlocked.Add(ref *(uint*)address, (uint)operand) - (uint)operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwSub(byte* address, int operand) =>
        Interlocked.Add(ref *(int*)address, -operand) + operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8SubU(byte* address, int operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Sub>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16SubU(byte* address, int operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Sub>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwSub(byte* address, long operand) =>
        Interlocked.Add(ref *(long*)address, -operand) + operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8SubU(byte* address, long operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Sub>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16SubU(byte* address, long operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Sub>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32SubU(byte* address, long operand) =>
        Interlocked.Add(ref *(uint*)address, (uint)-operand) + (uint)operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwAnd(byte* address, int operand) =>
        AtomicUpdate.Apply<int, AtomicUpdate.And>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8AndU(byte* address, int operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.And>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16AndU(byte* address, int operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.And>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwAnd(byte* address, long operand) =>
        AtomicUpdate.Apply<long, AtomicUpdate.And>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8AndU(byte* address, long operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.And>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16AndU(byte* address, long operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.And>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32AndU(byte* address, long operand) =>
        AtomicUpdate.Apply<uint, AtomicUpdate.And>(address, (uint)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwOr(byte* address, int operand) =>
        AtomicUpdate.Apply<int, AtomicUpdate.Or>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8OrU(byte* address, int operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Or>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16OrU(byte* address, int operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Or>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwOr(byte* address, long operand) =>
        AtomicUpdate.Apply<long, AtomicUpdate.Or>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8OrU(byte* address, long operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Or>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16OrU(byte* address, long operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Or>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32OrU(byte* address, long operand) =>
        AtomicUpdate.Apply<uint, AtomicUpdate.Or>(address, (uint)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwXor(byte* address, int operand) =>
        AtomicUpdate.Apply<int, AtomicUpdate.Xor>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8XorU(byte* address, int operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Xor>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16XorU(byte* address, int operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Xor>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwXor(byte* address, long operand) =>
        AtomicUpdate.Apply<long, AtomicUpdate.Xor>(address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8XorU(byte* address, long operand) =>
        AtomicUpdate.Apply<byte, AtomicUpdate.Xor>(address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16XorU(byte* address, long operand) =>
        AtomicUpdate.Apply<ushort, AtomicUpdate.Xor>(address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32XorU(byte* address, long operand) =>
        AtomicUpdate.Apply<uint, AtomicUpdate.Xor>(address, (uint)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwXchg(byte* address, int operand) => Interlocked.Exchange(ref *(int*)address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8XchgU(byte* address, int operand) =>
        Interlocked.Exchange(ref *address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16XchgU(byte* address, int operand) =>
        Interlocked.Exchange(ref *(ushort*)address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwXchg(byte* address, long operand) =>
        Interlocked.Exchange(ref *(long*)address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8XchgU(byte* address, long operand) =>
        Interlocked.Exchange(ref *address, (byte)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16XchgU(byte* address, long operand) =>
        Interlocked.Exchange(ref *(ushort*)address, (ushort)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32XchgU(byte* address, long operand) =>
        Interlocked.Exchange(ref *(uint*)address, (uint)operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmwCmpxchg(byte* address, int expected, int replacement) =>
        Interlocked.CompareExchange(ref *(int*)address, replacement, expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw8CmpxchgU(byte* address, int expected, int replacement) =>
        Interlocked.CompareExchange(ref *address, (byte)replacement, (byte)expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int I32AtomicRmw16CmpxchgU(byte* address, int expected, int replacement) =>
        Interlocked.CompareExchange(ref *(ushort*)address, (ushort)replacement, (ushort)expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmwCmpxchg(byte* address, long expected, long replacement) =>
        Interlocked.CompareExchange(ref *(long*)address, replacement, expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw8CmpxchgU(byte* address, long expected, long replacement) =>
        Interlocked.CompareExchange(ref *address, (byte)replacement, (byte)expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw16CmpxchgU(byte* address, long expected, long replacement) =>
        Interlocked.CompareExchange(ref *(ushort*)address, (ushort)replacement, (ushort)expected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long I64AtomicRmw32CmpxchgU(byte* address, long expected, long replacement) =>
        Interlocked.CompareExchange(ref *(uint*)address, (uint)replacement, (uint)expected);
}
