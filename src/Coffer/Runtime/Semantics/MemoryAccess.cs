using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Coffer.Runtime.Semantics;

/// <summary>Accesses of guests to memory that are more than a load or a store.</summary>
internal static class MemoryAccess
{
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
