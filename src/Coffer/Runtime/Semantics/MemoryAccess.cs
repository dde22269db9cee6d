using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Coffer.Runtime.Semantics;

/// <summary>The one place where checked memories turn guest addresses into pointers.</summary>
internal static class MemoryAccess
{
    // Both get the memory's base beside the memory, from locals that compiled code fills at its beginning: of what a check
    // reads only the length can change.

    /// <summary>An address in a 32-bit memory. Nothing here can overflow: both numbers are below 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Check32(int address, LinearMemory memory, nint start, ulong offset, uint width)
    {
        var index = (uint)address + offset;
        if (index + width > memory.ByteLength) Trap.MemoryOutOfBounds();
        return start + (nint)index;
    }

    /// <summary>An address in a 64-bit memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Check64(long address, LinearMemory memory, nint start, ulong offset, uint width)
    {
        var index = (ulong)address + offset;
        var length = memory.ByteLength;
        if (index < offset || length < width || index > length - width) Trap.MemoryOutOfBounds();
        return start + (nint)index;
    }

    /// <summary>Uses a value, so that the load it came from happens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void DropI32(int value)
    {
    }

    /// <summary>Uses a value, so that the load it came from happens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void DropF32(float value)
    {
    }

    /// <summary>Uses a value, so that the load it came from happens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void DropI64(long value)
    {
    }

    /// <summary>Uses a value, so that the load it came from happens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void DropF64(double value)
    {
    }

    /// <summary>Uses a value, so that the load it came from happens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void DropV128(Vector128<byte> value)
    {
    }

    private static ulong Effective(ulong address, ulong offset)
    {
        var effective = address + offset;
        if (effective < offset) Trap.MemoryOutOfBounds();
        return effective;
    }

    /// <summary><c>memory.atomic.notify</c>.</summary>
    public static int Notify(ulong address, ulong offset, LinearMemory memory, int count, GuestInstance instance) =>
        AtomicOps.MemoryAtomicNotify(memory, Effective(address, offset), count);

    /// <summary><c>memory.atomic.wait32</c>; the store's deadline and cancellation end it.</summary>
    public static int Wait32(ulong address, ulong offset, LinearMemory memory, int expected, long timeout, GuestInstance instance)
    {
        var effective = Effective(address, offset);
        return Wait(instance, token => AtomicOps.MemoryAtomicWait32(memory, effective, expected, timeout, token));
    }

    /// <summary><c>memory.atomic.wait64</c>; the store's deadline and cancellation end it.</summary>
    public static int Wait64(ulong address, ulong offset, LinearMemory memory, long expected, long timeout, GuestInstance instance)
    {
        var effective = Effective(address, offset);
        return Wait(instance, token => AtomicOps.MemoryAtomicWait64(memory, effective, expected, timeout, token));
    }

    private static int Wait(GuestInstance instance, Func<CancellationToken, int> wait)
    {
        int result;
        try
        {
            result = wait(instance.Store.InterruptToken);
        }
        catch (OperationCanceledException)
        {
            // Unless the interruption was taken back meanwhile, the store says below why the guest ends.
            result = (int)WaitResult.TimedOut;
        }

        instance.Store.ThrowIfInterrupted();
        return result;
    }
}
