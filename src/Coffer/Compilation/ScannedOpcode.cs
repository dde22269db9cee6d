using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>How a look at a body before it is validated reads the immediates of an opcode.</summary>
internal enum ScannedShape : byte
{
    None,
    Index,
    Local,
    Number,
    Memory,
    Other,
}

/// <summary>
/// What such a look must know of an opcode of one byte; taken from the opcode table.
/// </summary>
/// <param name="Shape">Its immediates.</param>
/// <param name="Operands">How many operands it takes.</param>
/// <param name="Results">How many operands it leaves: one or none.</param>
/// <param name="IsSpecial">Whether it matters for blocks, or the operands are not followed beyond it.</param>
/// <param name="Width">The bytes that it accesses; 0 when it accesses none.</param>
internal readonly record struct ScannedOpcode(ScannedShape Shape, byte Operands, byte Results, bool IsSpecial, byte Width)
{
    /// <summary>The rows of all opcodes of one byte; a prefix is special.</summary>
    public static readonly ScannedOpcode[] All = OfAll();

    private static ScannedOpcode[] OfAll()
    {
        var rows = new ScannedOpcode[256];
        for (var code = 0; code < rows.Length; code++) rows[code] = Of((byte)code);
        return rows;
    }

    private static ScannedOpcode Of(byte code)
    {
        if (OpcodeTable.Find(0, code) is not { } info) return new ScannedOpcode(ScannedShape.Other, 0, 0, true, 0);
        var shape = info.Immediates switch
        {
            ImmediateShape.None => ScannedShape.None,
            ImmediateShape.Local => ScannedShape.Local,
            ImmediateShape.Label or ImmediateShape.Global or ImmediateShape.Function => ScannedShape.Index,
            ImmediateShape.I32 or ImmediateShape.I64 => ScannedShape.Number,
            ImmediateShape.MemoryArgument => ScannedShape.Memory,
            _ => ScannedShape.Other,
        };
        return info.Opcode switch
        {
            Opcode.GlobalGet => new ScannedOpcode(shape, 0, 1, false, 0),
            Opcode.GlobalSet or Opcode.Drop => new ScannedOpcode(shape, 1, 0, false, 0),
            Opcode.Select => new ScannedOpcode(shape, 3, 1, false, 0),
            _ when info.IsSpecial => new ScannedOpcode(shape, 0, 0, true, 0),
            _ => new ScannedOpcode(shape, (byte)info.OperandKinds.Length, (byte)info.ResultKinds.Length, false, (byte)info.Width),
        };
    }
}
