using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>
/// A constant expression of one instruction that the first edition had, as nearly all are. Read without the table of
/// instructions, which takes longer to be made than a module that is compiled already takes to be read.
/// </summary>
/// <param name="Opcode">The instruction.</param>
/// <param name="Index">The global.</param>
/// <param name="Bits">The bits of the number, signed ones extended.</param>
internal readonly record struct SimpleConstant(Opcode Opcode, uint Index, ulong Bits)
{
    /// <summary>The type of the number; <see cref="ValueKind.Bottom"/> when it is the value of a global.</summary>
    public ValueKind NumberKind => Opcode switch
    {
        Opcode.I32Const => ValueKind.I32,
        Opcode.I64Const => ValueKind.I64,
        Opcode.F32Const => ValueKind.F32,
        Opcode.F64Const => ValueKind.F64,
        _ => ValueKind.Bottom,
    };

    /// <summary>Reads the expression with its <c>end</c>; when it is another, nothing is read.</summary>
    /// <exception cref="MalformedException">The bytes are no instruction.</exception>
    public static SimpleConstant? Read(ref WasmReader reader)
    {
        var opcode = (Opcode)reader.Peek();
        if (opcode is not (Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const or Opcode.GlobalGet)) return null;
        var next = reader;
        next.ReadByte();
        var constant = opcode switch
        {
            Opcode.I32Const => new SimpleConstant(opcode, 0, (ulong)(long)next.ReadS32()),
            Opcode.I64Const => new SimpleConstant(opcode, 0, (ulong)next.ReadS64()),
            Opcode.F32Const => new SimpleConstant(opcode, 0, next.ReadFixed32()),
            Opcode.F64Const => new SimpleConstant(opcode, 0, next.ReadFixed64()),
            _ => new SimpleConstant(opcode, next.ReadU32(), 0),
        };
        if (next.Peek() != (int)Opcode.End) return null;
        next.ReadByte();
        reader = next;
        return constant;
    }
}
