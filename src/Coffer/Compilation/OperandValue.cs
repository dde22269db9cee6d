namespace Coffer.Compilation;

/// <summary>
/// What is known of a number: it is a displacement from an unknown number, its root, modulo the size of its type; and it is not
/// larger than a bound. Nothing is known of the default.
/// </summary>
/// <param name="Root">The root; 0 when there is none, <see cref="Constant"/> when the displacement is the number.</param>
/// <param name="Displacement">What is added to the root.</param>
/// <param name="Headroom">How far the bound is below the largest i32.</param>
internal readonly record struct OperandValue(int Root, uint Displacement, uint Headroom)
{
    /// <summary>The root of a number that is known.</summary>
    public const int Constant = -1;

    /// <summary>The number is not larger, read without sign; no bound when it is the largest i32.</summary>
    public uint Bound => uint.MaxValue - Headroom;

    /// <summary>A known number.</summary>
    public static OperandValue Of(uint number) => new(Constant, number, uint.MaxValue - number);

    /// <summary>A number of which a bound is known; a bound too large for an i32 is none.</summary>
    public static OperandValue UpTo(ulong bound) => new(0, 0, bound >= uint.MaxValue ? 0 : uint.MaxValue - (uint)bound);
}
