using System.Runtime.Intrinsics;
using Coffer.Text;
using Coffer.Types;

namespace Coffer.Cli.Wast;

/// <summary>A host value that a script names by a number.</summary>
internal sealed record HostValue(ulong Number);

/// <summary>Constants and result patterns of scripts.</summary>
internal static class ScriptValues
{
    public static Value ToValue(WastValue value) => value.Kind switch
    {
        WastValueKind.I32 => Value.I32((int)value.Low),
        WastValueKind.I64 => Value.I64((long)value.Low),
        WastValueKind.F32 => Value.F32(BitConverter.UInt32BitsToSingle((uint)value.Low)),
        WastValueKind.F64 => Value.F64(BitConverter.UInt64BitsToDouble(value.Low)),
        WastValueKind.V128 => Value.V128(Vector128.Create(value.Low, value.High).AsByte()),
        WastValueKind.RefNull => Value.Reference(null),
        _ => Value.Reference(new HostValue(value.Low)),
    };

    public static bool Matches(Value value, WastPattern pattern) => pattern switch
    {
        ConstantPattern constant => value.Kind != ValueKind.Reference && value == ToValue(constant.Value),
        NanPattern { Kind: WastValueKind.F32 } nan => value.Kind == ValueKind.F32
            && nan.Nan.Includes(BitConverter.SingleToUInt32Bits(value.AsF32()), 32),
        NanPattern nan =>
            value.Kind == ValueKind.F64 && nan.Nan.Includes(BitConverter.DoubleToUInt64Bits(value.AsF64()), 64),
        FloatLanesPattern lanes => value.Kind == ValueKind.V128 && LanesMatch(value.AsV128(), lanes),
        NullPattern => value.Kind == ValueKind.Reference && value.AsReference() is null,
        ReferencePattern reference =>
            value.Kind == ValueKind.Reference && ReferenceMatches(value.AsReference(), reference),
        EitherPattern either => either.Alternatives.Any(alternative => Matches(value, alternative)),
        _ => false,
    };

    /// <summary>A pattern for people, in the form in which values print.</summary>
    public static string Describe(WastPattern pattern) => pattern switch
    {
        ConstantPattern constant => ToValue(constant.Value).ToString(),
        NanPattern nan => $"a NaN ({nan.Nan.ToString().ToLowerInvariant()})",
        FloatLanesPattern => "a vector with NaN",
        NullPattern => "null",
        ReferencePattern reference => $"a reference ({reference.Kind.ToString().ToLowerInvariant()})",
        EitherPattern either => string.Join(" or ", either.Alternatives.Select(Describe)),
        _ => pattern.ToString(),
    };

    private static bool LanesMatch(Vector128<byte> value, FloatLanesPattern pattern)
    {
        for (var i = 0; i < pattern.Lanes.Length; i++)
        {
            var bits = pattern.LaneBits == 32 ? value.AsUInt32()[i] : value.AsUInt64()[i];
            if (!pattern.Lanes[i].Matches(bits, pattern.LaneBits)) return false;
        }

        return true;
    }

    private static bool ReferenceMatches(object? reference, ReferencePattern pattern)
    {
        if (reference is null) return false;
        return pattern.Kind switch
        {
            WastReferenceKind.Extern or WastReferenceKind.Host =>
                pattern.Number is null || reference is HostValue host && host.Number == pattern.Number,
            WastReferenceKind.Func => reference is FuncRef,
            WastReferenceKind.Exn => reference is GuestException,
            WastReferenceKind.Any => true,
            WastReferenceKind.Eq => Value.Reference(reference).IsOfHeap(HeapKind.Eq),
            WastReferenceKind.I31 => Value.Reference(reference).IsOfHeap(HeapKind.I31),
            WastReferenceKind.Struct => Value.Reference(reference).IsOfHeap(HeapKind.Struct),
            WastReferenceKind.Array => Value.Reference(reference).IsOfHeap(HeapKind.Array),
            _ => false,
        };
    }
}
