using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Prints expressions as flat instructions: bodies one to a line, the others in one line.</summary>
internal sealed class InstructionPrinter
{
    private readonly ModuleDefinition module;
    private readonly TypePrinter types;
    private readonly TextOutput output;
    private readonly PrintedLabels labels = new();
    private readonly ImmediatePrinter immediates;

    public InstructionPrinter(ModuleDefinition module, PrintedNames names, TypePrinter types, TextOutput output)
    {
        this.module = module;
        this.types = types;
        this.output = output;
        immediates = new ImmediatePrinter(names, types, labels, output);
    }

    /// <summary>The instructions of a body, from the reader's position to its end, each on a line of its own.</summary>
    /// <param name="reader">Where they begin.</param>
    /// <param name="labelNames">The names of the labels, by their order.</param>
    /// <param name="hints">The branch hints.</param>
    /// <param name="bodyStart">Where the body begins, from which hints count.</param>
    public void WriteBody(
        WasmReader reader, Dictionary<int, string> labelNames, ReadOnlySpan<BranchHint> hints, int bodyStart)
    {
        labels.Begin(labelNames);
        var baseIndentation = output.Indentation;
        var instructions = new InstructionReader(reader, module.Types.AsSpan(), Features.All);
        var instruction = default(Instruction);
        while (TryRead(ref instructions, ref instruction))
        {
            var isInner = instruction.Opcode is Opcode.Else or Opcode.Catch or Opcode.CatchAll;
            output.Indentation = baseIndentation + labels.Depth - (isInner ? 1 : 0);
            if (instruction.Opcode is Opcode.End or Opcode.Delegate) output.Indentation--;
            output.NewLine();
            while (!hints.IsEmpty && hints[0].Offset < instruction.Offset - bodyStart) hints = hints[1..];
            if (!hints.IsEmpty && hints[0].Offset == instruction.Offset - bodyStart) WriteHint(instruction, hints[0]);
            Write(instruction);
        }

        output.Indentation = baseIndentation;
        if (!instructions.Reader.AtEnd)
        {
            throw new MalformedException("operators remaining after end of function", instructions.Reader.Offset);
        }
    }

    /// <summary>An expression that is not a body, in one line.</summary>
    public void WriteExpression(ByteRange range)
    {
        labels.Begin([]);
        var instructions = new InstructionReader(
            new WasmReader(module.Bytes.Span, range), module.Types.AsSpan(), Features.All);
        var instruction = default(Instruction);
        for (var isFirst = true; TryRead(ref instructions, ref instruction); isFirst = false)
        {
            if (!isFirst) output.Write(' ');
            Write(instruction);
        }
    }

    // Reads the next instruction unless it is the end of the whole expression.
    private bool TryRead(ref InstructionReader instructions, ref Instruction instruction)
    {
        instructions.Read(ref instruction);
        return instruction.Opcode != Opcode.End || labels.Depth > 0;
    }

    private void Write(in Instruction instruction)
    {
        switch (instruction.Opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.If or Opcode.Try or Opcode.TryTable:
                WriteBlock(instruction);
                return;
            case Opcode.Delegate:
                if (labels.Depth == 0) throw new MalformedException("delegate without try", instruction.Offset);
                labels.Pop();
                break;
            case Opcode.End:
                labels.Pop();
                break;
        }

        output.Write(instruction.Opcode switch
        {
            Opcode.SelectTyped => "select",
            Opcode.RefTestNull => "ref.test",
            Opcode.RefCastNull => "ref.cast",
            _ => instruction.Info.Mnemonic,
        });
        immediates.Write(instruction);
    }

    private void WriteBlock(in Instruction instruction)
    {
        output.Write(instruction.Info.Mnemonic);

        // Clauses are printed outside the block but after its label, which must not be visible to them.
        var label = labels.Push();
        if (label is not null)
        {
            output.Write(' ');
            output.Write(label);
        }

        types.WriteBlock(instruction.Block);
        if (instruction.Opcode != Opcode.TryTable) return;
        labels.SuspendInnermost();
        immediates.WriteCatches(instruction);
        labels.ResumeInnermost();
    }

    private void WriteHint(in Instruction instruction, BranchHint hint)
    {
        if (instruction.Opcode is not (Opcode.If or Opcode.BrIf)) return;
        output.Write("(@metadata.code.branch_hint ");
        output.Write(hint.IsLikely ? "\"\\01\") " : "\"\\00\") ");
    }
}
