using System.Numerics;

namespace Coffer.Runtime.Semantics;

/// <summary>
/// Atomic updates for which no processor instruction exists that also returns the old value. For "and" and "or" the
/// platform has methods, but on x86-64 RyuJIT (.NET 10) makes a loop of them that leaves the old value in rax even where
/// it has chosen another register, so that a result that lives across a call is lost.
/// </summary>
internal static unsafe class AtomicUpdate
{
    /// <summary>Replaces the value at an address by the operator's result and returns the old one.</summary>
    public static T Apply<T, TOperator>(byte* address, T operand)
        where T : unmanaged, IBinaryInteger<T>
        where TOperator : struct, IOperator
    {
        ref var location = ref *(T*)address;
        // Only a guess: the exchange says whether it was right.
        var seen = location;
        while (true)
        {
            var found = Interlocked.CompareExchange(ref location, TOperator.Apply(seen, operand), seen);
            if (found == seen)
                return seen;
            seen = found;
        }
    }

    internal interface IOperator
    {
        static abstract T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T>;
    }

    internal readonly struct Add : IOperator
    {
        public static T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T> => unchecked(left + right);
    }

    internal readonly struct Sub : IOperator
    {
        public static T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T> => unchecked(left - right);
    }

    internal readonly struct And : IOperator
    {
        public static T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T> => left & right;
    }

    internal readonly struct Or : IOperator
    {
        public static T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T> => left | right;
    }

    internal readonly struct Xor : IOperator
    {
        public static T Apply<T>(T left, T right) where T : unmanaged, IBinaryInteger<T> => left ^ right;
    }
}
