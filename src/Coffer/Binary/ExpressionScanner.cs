using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Binary;

/// <summary>Finds where an expression ends (specification, section 5.4.10).</summary>
internal static class ExpressionScanner
{
    /// <summary>
    /// Reads instructions up to the <c>end</c> that closes the expression and returns their bytes, <c>end</c>
    /// included. What is not constant passes here, as long as it is well-formed; refusing it is validation.
    /// </summary>
    public static ByteRange Scan(ref WasmReader reader, ReadOnlySpan<DefinedType> types, Features features)
    {
        var start = reader.Position;
        if (SimpleConstant.Read(ref reader) is not null) return new ByteRange(start, reader.Position - start);
        var instructions = new InstructionReader(reader, types, features);
        var instruction = default(Instruction);
        var depth = 0;
        while (true)
        {
            instructions.Read(ref instruction);
            switch (instruction.Opcode)
            {
                case Opcode.Block or Opcode.Loop or Opcode.If or Opcode.Try or Opcode.TryTable:
                    depth++;
                    break;
                case Opcode.Else or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate when depth == 0:
                    throw new MalformedException(
                        $"END opcode expected: found {instruction.Info.Mnemonic}", instruction.Offset);
                case Opcode.Delegate:
                    depth--;
                    break;
                case Opcode.End when depth-- == 0:
                    reader = instructions.Reader;
                    return new ByteRange(start, reader.Position - start);
            }
        }
    }
}
