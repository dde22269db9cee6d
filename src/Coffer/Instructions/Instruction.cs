using Coffer.Types;

namespace Coffer.Instructions;

/// <summary>
/// One decoded instruction. <see cref="ImmediateShape"/> says which of the fields are set; the others are stale.
/// A mutable struct that the reader fills again and again, so that decoding allocates nothing.
/// </summary>
internal ref struct Instruction
{
    /// <summary>The table's row.</summary>
    public OpcodeInfo Info;

    /// <summary>Where the instruction begins, from the start of the module.</summary>
    public int Offset;

    /// <summary>The first index immediate.</summary>
    public uint Index;

    /// <summary>The second index immediate.</summary>
    public uint Index2;

    /// <summary>Log2 of the alignment of a memory argument.</summary>
    public uint Align;

    /// <summary>A lane, or flags.</summary>
    public byte Lane;

    /// <summary>A constant (low half), or the offset of a memory argument.</summary>
    public ulong Bits;

    /// <summary>The high half of a 128-bit constant.</summary>
    public ulong BitsHigh;

    /// <summary>The type of a block.</summary>
    public BlockType Block;

    /// <summary>The first heap type.</summary>
    public HeapType Heap;

    /// <summary>The second heap type.</summary>
    public HeapType Heap2;

    /// <summary>How many entries <see cref="Tail"/> has.</summary>
    public int Count;

    /// <summary>The encoded entries of a label table, of the types of a select or of catch clauses; already checked to be well-formed.</summary>
    public ReadOnlySpan<byte> Tail;

    /// <summary>Where <see cref="Tail"/> begins, from the start of the module.</summary>
    public int TailOffset;

    /// <summary>The instruction's name and number.</summary>
    public readonly Opcode Opcode => Info.Opcode;
}
