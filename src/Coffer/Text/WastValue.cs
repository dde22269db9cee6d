using Coffer.Types;

namespace Coffer.Text;

/// <summary>The kinds of constant that a script can name.</summary>
internal enum WastValueKind : byte
{
    I32,
    I64,
    F32,
    F64,
    V128,
    /// <summary>A null reference; <see cref="WastValue.Heap"/> says of which hierarchy.</summary>
    RefNull,
    /// <summary><c>(ref.extern n)</c>: an external reference that stands for the number.</summary>
    RefExtern,
    /// <summary>
    /// <c>(ref.host n)</c>: an internal reference (type <c>any</c>) to a host value that stands for the number.
    /// </summary>
    RefHost,
}

/// <summary>A constant of a script, as raw bits.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Low">
/// The bits of a number (zero-extended), the low half of a vector, or the number of a reference.
/// </param>
/// <param name="High">The high half of a vector.</param>
/// <param name="Heap">For a null: the heap type; <see cref="HeapKind.Concrete"/> when a type index was written.</param>
internal readonly record struct WastValue(WastValueKind Kind, ulong Low, ulong High = 0, HeapKind Heap = default);
