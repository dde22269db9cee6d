using System.Collections.Immutable;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>What a script expects of one result.</summary>
internal abstract record WastPattern;

/// <summary>A number or vector with exactly these bits (never a reference).</summary>
internal sealed record ConstantPattern(WastValue Value) : WastPattern;

/// <summary>A float that is a canonical or arithmetic NaN; <c>Kind</c> is F32 or F64.</summary>
internal sealed record NanPattern(WastValueKind Kind, NanClass Nan) : WastPattern;

/// <summary>A vector of four f32 or two f64 lanes, at least one of which is a NaN pattern.</summary>
internal sealed record FloatLanesPattern(ImmutableArray<FloatLane> Lanes) : WastPattern
{
    /// <summary>32 or 64.</summary>
    public int LaneBits => 128 / Lanes.Length;
}

/// <summary>A null reference. The heap type is null in <c>(ref.null)</c>, which matches a null of any type.</summary>
internal sealed record NullPattern(HeapKind? Heap) : WastPattern;

/// <summary>
/// A reference that is not null. <c>Kind</c> names the type the script wrote; a number is present in
/// <c>(ref.extern n)</c> and <c>(ref.host n)</c> and must then be that of the value.
/// </summary>
internal sealed record ReferencePattern(WastReferenceKind Kind, ulong? Number = null) : WastPattern;

/// <summary>One of several patterns.</summary>
internal sealed record EitherPattern(ImmutableArray<WastPattern> Alternatives) : WastPattern;

/// <summary>One lane: exact bits, or a NaN of a class.</summary>
internal readonly record struct FloatLane(ulong Bits, NanClass Nan)
{
    /// <summary>Whether the bits of a lane of this many bits match.</summary>
    public bool Matches(ulong bits, int laneBits) =>
        Nan == NanClass.None ? bits == Bits : Nan.Includes(bits, laneBits);
}

/// <summary>The NaN sets of the specification (section 4.3.3).</summary>
internal enum NanClass : byte
{
    /// <summary>Not a NaN pattern.</summary>
    None,
    /// <summary><c>nan:canonical</c>: only the most significant bit of the payload is set.</summary>
    Canonical,
    /// <summary><c>nan:arithmetic</c>: at least the most significant bit of the payload is set.</summary>
    Arithmetic,
}

/// <summary>The types of reference that a result pattern can name.</summary>
internal enum WastReferenceKind : byte
{
    Func,
    Extern,
    Host,
    Any,
    Eq,
    I31,
    Struct,
    Array,
    Exn,
}

/// <summary>Membership in the NaN sets.</summary>
internal static class NanClassMembership
{
    /// <summary>Whether a float of 32 or 64 bits belongs to the set.</summary>
    public static bool Includes(this NanClass nan, ulong bits, int width)
    {
        var canonical = width == 32 ? 0x7FC0_0000ul : 0x7FF8_0000_0000_0000ul;
        var magnitude = bits & ((1ul << (width - 1)) - 1);
        return nan switch
        {
            NanClass.Canonical => magnitude == canonical,
            NanClass.Arithmetic => (magnitude & canonical) == canonical,
            _ => false,
        };
    }
}
