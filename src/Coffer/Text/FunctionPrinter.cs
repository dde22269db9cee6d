using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Prints functions.</summary>
internal sealed class FunctionPrinter(
    ModuleDefinition module, PrintedNames names, TypePrinter types, InstructionPrinter instructions, TextOutput output)
{
    // A declaration of a few bytes can claim billions of locals, which the text has to list.
    private const ulong MaxLocals = 50_000;

    private readonly BranchHints hints = BranchHints.Of(module);

    /// <summary>A function that is not imported.</summary>
    public void Write(int index)
    {
        var function = module.Functions[index];
        var reader = new WasmReader(module.Bytes.Span, function.Body);
        output.NewLine();
        output.Write("(func");
        names.WriteDeclaration(output, NameKind.Function, index);
        var parameters = types.ParameterCount(function.TypeIndex);
        names.EnterFunction(index, int.MaxValue);
        types.WriteUse(function.TypeIndex, namedParameters: true);
        output.Indentation++;
        WriteLocals(ref reader, parameters);
        instructions.WriteBody(reader, names.Labels(index), hints.For(index), function.Body.Offset);
        output.Indentation--;
        output.NewLine();
        output.Write(')');
    }

    private void WriteLocals(ref WasmReader reader, int first)
    {
        var runs = reader.ReadU32();
        ulong total = 0;
        var isOpen = false;
        for (uint i = 0; i < runs; i++)
        {
            var start = reader.Offset;
            var count = reader.ReadU32();
            var type = reader.ReadValueType(module.Types.AsSpan());
            total += count;
            if (total > MaxLocals) throw new MalformedException($"too many locals to print: {total}", start);
            for (; count > 0; count--) WriteLocal(first++, type, ref isOpen);
        }

        if (isOpen) output.Write(')');
    }

    // Locals without a name follow each other in one declaration.
    private void WriteLocal(int local, ValueType type, ref bool isOpen)
    {
        var isNamed = names.IsLocalNamed(local);
        if (isOpen && isNamed) output.Write(')');
        if (!isOpen || isNamed)
        {
            output.NewLine();
            output.Write("(local");
            names.WriteLocal(output, local);
        }

        output.Write(' ');
        types.Write(type);
        if (isNamed) output.Write(')');
        isOpen = !isNamed;
    }
}
