namespace Coffer.Instructions;

/// <summary>What follows an opcode in the binary format. Field names refer to <see cref="Instruction"/>.</summary>
internal enum ImmediateShape : byte
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Block type → <c>Block</c>.</summary>
    Block,
    /// <summary>Label → <c>Index</c>.</summary>
    Label,
    /// <summary>Labels → <c>Count</c> of them in <c>Tail</c>, then the default → <c>Index</c>.</summary>
    LabelTable,
    /// <summary>Function index → <c>Index</c>.</summary>
    Function,
    /// <summary>Type index → <c>Index</c>, table index → <c>Index2</c>.</summary>
    CallIndirect,
    /// <summary>Type index → <c>Index</c>.</summary>
    Type,
    /// <summary>Local index → <c>Index</c>.</summary>
    Local,
    /// <summary>Global index → <c>Index</c>.</summary>
    Global,
    /// <summary>Table index → <c>Index</c>.</summary>
    Table,
    /// <summary>Destination table → <c>Index</c>, source table → <c>Index2</c>.</summary>
    TableTable,
    /// <summary>Element segment → <c>Index</c>, table → <c>Index2</c> (this order in the binary; the text has the table first).</summary>
    ElementTable,
    /// <summary>Element segment → <c>Index</c>.</summary>
    Element,
    /// <summary>Alignment (log2) → <c>Align</c>, memory → <c>Index</c>, offset → <c>Bits</c>.</summary>
    MemoryArgument,
    /// <summary>A memory argument, then a lane → <c>Lane</c>.</summary>
    MemoryArgumentLane,
    /// <summary>Memory index → <c>Index</c>.</summary>
    Memory,
    /// <summary>Destination memory → <c>Index</c>, source memory → <c>Index2</c>.</summary>
    MemoryMemory,
    /// <summary>Data segment → <c>Index</c>, memory → <c>Index2</c> (this order in the binary).</summary>
    DataMemory,
    /// <summary>Data segment → <c>Index</c>.</summary>
    Data,
    /// <summary>Signed 32-bit LEB → <c>Bits</c> (sign-extended).</summary>
    I32,
    /// <summary>Signed 64-bit LEB → <c>Bits</c>.</summary>
    I64,
    /// <summary>Four bytes → <c>Bits</c>.</summary>
    F32,
    /// <summary>Eight bytes → <c>Bits</c>.</summary>
    F64,
    /// <summary>Sixteen bytes → <c>Bits</c> (low) and <c>BitsHigh</c>.</summary>
    V128,
    /// <summary>Sixteen lane numbers → <c>Bits</c> and <c>BitsHigh</c>, one byte each.</summary>
    Shuffle,
    /// <summary>One byte → <c>Lane</c>.</summary>
    Lane,
    /// <summary>Heap type → <c>Heap</c>.</summary>
    Heap,
    /// <summary>Result types of a typed <c>select</c> → <c>Count</c> of them in <c>Tail</c>.</summary>
    SelectTypes,
    /// <summary>Type → <c>Index</c>, field → <c>Index2</c>.</summary>
    TypeField,
    /// <summary>Type → <c>Index</c>, number of elements → <c>Index2</c>.</summary>
    TypeCount,
    /// <summary>Destination type → <c>Index</c>, source type → <c>Index2</c>.</summary>
    TypeType,
    /// <summary>Type → <c>Index</c>, data segment → <c>Index2</c>.</summary>
    TypeData,
    /// <summary>Type → <c>Index</c>, element segment → <c>Index2</c>.</summary>
    TypeElement,
    /// <summary>Flags → <c>Lane</c> (bit 0: source nullable, bit 1: target nullable), label → <c>Index</c>, source → <c>Heap</c>, target → <c>Heap2</c>.</summary>
    BranchOnCast,
    /// <summary>Block type → <c>Block</c>, then <c>Count</c> catch clauses in <c>Tail</c>.</summary>
    TryTable,
    /// <summary>Tag index → <c>Index</c>.</summary>
    Tag,
    /// <summary>One byte that must be zero (<c>atomic.fence</c>).</summary>
    ZeroByte,
}
