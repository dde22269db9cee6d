using System.Runtime.CompilerServices;

namespace Coffer.Runtime;

/// <summary>What the struct instructions (specification, section 4.6.6) need besides loading and storing a field.</summary>
internal static class StructOps
{
    /// <summary>The struct of <c>struct.get</c> and <c>struct.set</c>, which must not be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static object NotNull(object? reference)
    {
        if (reference is null) Trap.NullStructReference();
        return reference;
    }
}
