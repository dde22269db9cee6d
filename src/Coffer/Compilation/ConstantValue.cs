using Coffer.Binary;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>A constant expression that is a single instruction, which needs no code.</summary>
/// <param name="Opcode">The instruction; meaningful when <paramref name="IsKnown"/>.</param>
/// <param name="Index">The index of a global or function.</param>
/// <param name="Bits">The bits of a number.</param>
/// <param name="BitsHigh">The high half of a vector.</param>
/// <param name="IsKnown">Whether the expression is that simple.</param>
internal readonly record struct ConstantValue(Opcode Opcode, int Index, ulong Bits, ulong BitsHigh, bool IsKnown)
{
    /// <summary>What a constant gives that is read already.</summary>
    public static ConstantValue Of(SimpleConstant constant) => new(constant.Opcode, (int)constant.Index, constant.Bits, 0, true);

    /// <summary>Reads an expression; what is not that simple is not known.</summary>
    public static ConstantValue Read(ModuleDefinition module, ByteRange expression)
    {
        var bytes = new WasmReader(module.Bytes.Span, expression);
        if (SimpleConstant.Read(ref bytes) is { } constant) return Of(constant);
        var reader = new InstructionReader(bytes, module.Types.AsSpan(), Features.All);
        var first = default(Instruction);
        reader.Read(ref first);
        var simple = first.Opcode is Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const
            or Opcode.V128Const or Opcode.RefNull or Opcode.RefFunc or Opcode.GlobalGet;
        return simple && reader.Reader.Peek() == (int)Opcode.End
            ? new ConstantValue(first.Opcode, (int)first.Index, first.Bits, first.BitsHigh, true)
            : default;
    }
}
