using System.Runtime.CompilerServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>Makes arrays, and lets none that is too large end the process.</summary>
internal static class ArrayAllocation
{
    private const int HeaderBytes = 64;

    /// <summary>An array of default values.</summary>
    /// <exception cref="ExhaustionException">There is no room for it.</exception>
    public static ArrayObject<T> Create<T>(int length, DefinedType type, GuestHeap heap)
    {
        Charge<T>(length, heap);
        try
        {
            return new ArrayObject<T>(type, new T[length]);
        }
        catch (OutOfMemoryException error)
        {
            throw Refused<T>(length, error);
        }
    }

    /// <summary>An array that the caller is going to fill.</summary>
    /// <exception cref="ExhaustionException">There is no room for it.</exception>
    public static ArrayObject<T> CreateUninitialized<T>(int length, DefinedType type, GuestHeap heap)
    {
        Charge<T>(length, heap);
        try
        {
            return new ArrayObject<T>(type, GC.AllocateUninitializedArray<T>(length));
        }
        catch (OutOfMemoryException error)
        {
            throw Refused<T>(length, error);
        }
    }

    // Lengths are unsigned, so a negative one is too large as well.
    private static void Charge<T>(int length, GuestHeap heap)
    {
        if ((uint)length > (uint)Array.MaxLength) throw Refused<T>(length, null);
        heap.Charge(((long)length * Unsafe.SizeOf<T>()) + HeaderBytes);
    }

    private static ExhaustionException Refused<T>(int length, Exception? error) => new(
        ExhaustionKind.System, $"no room for a guest array of {(uint)length} elements of {Unsafe.SizeOf<T>()} bytes", error);
}
