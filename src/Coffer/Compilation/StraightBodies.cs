using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;

namespace Coffer.Compilation;

/// <summary>
/// The small functions that always run the same instructions, from the first to the last: no branch, no call, nothing that
/// takes long. Who calls them can count their fuel with its own, which costs nothing. They are called directly only: a
/// function that a table, an export or a reference can name may be called by somebody who does not count.
/// </summary>
internal sealed class StraightBodies(ModuleDefinition module, Features features)
{
    // Enough for a multiplication of 128-bit integers in 64-bit ones.
    private const int MaximumBytes = 256;

    private const int Unknown = 0, Other = -1;

    private int[]? instructions;

    /// <summary>How many instructions such a function runs; not positive for all others.</summary>
    public int InstructionsOf(int function)
    {
        if (function < module.ImportedFunctions) return Other;
        instructions ??= new int[module.Functions.Length];
        if (instructions[function] == Unknown) instructions[function] = Count(function);
        return instructions[function];
    }

    private int Count(int function)
    {
        var body = module.Functions[function].Body;
        if (body.Length > MaximumBytes || function == module.Start || module.DeclaredFunctions.Contains(function)) return Other;
        try
        {
            var reader = new WasmReader(module.Bytes.Span, body);
            for (var groups = reader.ReadCount(int.MaxValue, "groups of locals"); groups > 0; groups--)
            {
                reader.ReadU32();
                reader.ReadValueType(module.Types.AsSpan());
            }

            var cursor = new InstructionReader(reader, module.Types.AsSpan(), features);
            var instruction = default(Instruction);
            var count = 0;
            while (!cursor.Reader.AtEnd)
            {
                cursor.Read(ref instruction);
                count++;
                if (instruction.Opcode == Opcode.End) return cursor.Reader.AtEnd ? count : Other;
                if (instruction.Info.IsSpecial && !VariableEmitter.Handles(instruction.Opcode)) return Other;
            }
        }
        catch (CofferException)
        {
            // Whoever compiles it says what is wrong with it.
        }

        return Other;
    }
}
