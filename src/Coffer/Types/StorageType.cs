namespace Coffer.Types;

/// <summary>How a field is stored: as its value type, or packed into 8 or 16 bits (specification, section 2.3.7).</summary>
public enum Packing : byte
{
    /// <summary>Stored as the value type itself.</summary>
    None = 0,
    /// <summary>Stored in 8 bits, read as i32.</summary>
    I8 = 0x78,
    /// <summary>Stored in 16 bits, read as i32.</summary>
    I16 = 0x77,
}

/// <summary>A field of a struct or the element of an array (specification, section 2.3.7). Immutable.</summary>
/// <param name="Type">The type of the unpacked value.</param>
/// <param name="Packing">How it is stored.</param>
/// <param name="IsMutable">Whether it can be written after creation.</param>
public readonly record struct FieldType(ValueType Type, Packing Packing, bool IsMutable)
{
    /// <summary>Whether the field is stored in fewer bits than its value has.</summary>
    public bool IsPacked => Packing != Packing.None;

    /// <summary>The field type as the text format writes it.</summary>
    public override string ToString()
    {
        var storage = Packing switch { Packing.I8 => "i8", Packing.I16 => "i16", _ => Type.ToString() };
        return IsMutable ? $"(mut {storage})" : storage;
    }
}
