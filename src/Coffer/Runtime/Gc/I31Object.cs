namespace Coffer.Runtime;

/// <summary>
/// An unboxed scalar of the guest, which has to be boxed here: references are CLR objects. Small ones are shared, but
/// identity means nothing; <see cref="Casting.AreEqual"/> compares the numbers.
/// </summary>
internal sealed class I31Object
{
    private const int Smallest = -1024;
    private const int Largest = 1023;

    private static readonly I31Object[] Small = [.. Enumerable.Range(Smallest, Largest - Smallest + 1).Select(n => new I31Object(n))];

    private I31Object(int value) => Value = value;

    /// <summary>The number, sign-extended from 31 bits.</summary>
    internal int Value { get; }

    /// <summary><c>ref.i31</c>: the low 31 bits of a number.</summary>
    public static object Create(int number)
    {
        var value = number << 1 >> 1;
        return value is >= Smallest and <= Largest ? Small[value - Smallest] : new I31Object(value);
    }

    /// <summary><c>i31.get_s</c>.</summary>
    public static int GetSigned(object? reference)
    {
        if (reference is null) Trap.NullI31Reference();
        return ((I31Object)reference).Value;
    }

    /// <summary><c>i31.get_u</c>.</summary>
    public static int GetUnsigned(object? reference) => GetSigned(reference) & int.MaxValue;

    /// <summary>The number, for diagnostics.</summary>
    public override string ToString() => $"(i31 {Value})";
}
