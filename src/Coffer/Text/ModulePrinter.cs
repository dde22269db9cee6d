using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>
/// Prints a module in the text format, such that parsing gives the same sections again. Function bodies are read
/// instruction by instruction and may be malformed; so may the result of printing an invalid module.
/// </summary>
internal sealed class ModulePrinter
{
    private readonly ModuleDefinition module;
    private readonly TextOutput output;
    private readonly PrintedNames names;
    private readonly TypePrinter types;
    private readonly InstructionPrinter instructions;
    private readonly CustomSectionPrinter customSections;

    private ModulePrinter(ModuleDefinition module, TextWriter writer)
    {
        this.module = module;
        output = new TextOutput(writer);
        names = new PrintedNames(module);
        types = new TypePrinter(module, names, output);
        instructions = new InstructionPrinter(module, names, types, output);
        customSections = new CustomSectionPrinter(module, output);
    }

    /// <summary>Prints a module.</summary>
    public static void Print(ModuleDefinition module, TextWriter writer) => new ModulePrinter(module, writer).Run();

    private void Run()
    {
        output.Write("(module");
        if (names.ModuleName is { } name)
        {
            output.Write(name.Length > 0 ? " " + IdentifierScope.ToIdentifier(name) : " (@name \"\")");
        }


        output.Indentation = 1;
        WriteTypes();
        foreach (var import in module.Imports) WriteImport(import);
        for (var i = module.ImportedTables; i < module.Tables.Length; i++) WriteTable(i);
        for (var i = module.ImportedMemories; i < module.Memories.Length; i++) WriteMemory(i);
        for (var i = module.ImportedTags; i < module.Tags.Length; i++) WriteTag(i);
        for (var i = module.ImportedGlobals; i < module.Globals.Length; i++) WriteGlobal(i);
        foreach (var export in module.Exports) WriteExport(export);
        if (module.Start >= 0) WriteField($"(start {names.Reference(NameKind.Function, (uint)module.Start)})");
        for (var i = 0; i < module.Elements.Length; i++) WriteElements(i);
        var functions = new FunctionPrinter(module, names, types, instructions, output);
        for (var i = module.ImportedFunctions; i < module.Functions.Length; i++) functions.Write(i);
        for (var i = 0; i < module.Data.Length; i++) WriteData(i);
        customSections.WriteAll();
        output.Indentation = 0;
        output.NewLine();
        output.Write(")\n");
    }

    private void WriteField(string text)
    {
        output.NewLine();
        output.Write(text);
    }

    private void WriteTypes()
    {
        foreach (var group in module.RecursionGroups)
        {
            if (group.IsExplicit) WriteField("(rec");
            if (group.IsExplicit) output.Indentation++;
            for (var i = 0; i < group.Count; i++)
            {
                output.NewLine();
                types.WriteDefinition(group.First + i);
            }

            if (!group.IsExplicit) continue;
            output.Indentation--;
            WriteField(")");
        }
    }

    private void WriteImport(ImportDeclaration import)
    {
        WriteField("(import ");
        output.WriteName(import.Module);
        output.Write(' ');
        output.WriteName(import.Name);
        output.Write(" (");
        WriteKind(import.Kind);
        names.WriteDeclaration(output, NamesOf(import.Kind), import.Index);
        if (import.Kind == ExternalKind.Function)
        {
            var type = module.Functions[import.Index].TypeIndex;
            names.EnterFunction(import.Index, types.ParameterCount(type));
            types.WriteUse(type, namedParameters: true);
        }
        else if (import.Kind == ExternalKind.Tag)
        {
            types.WriteUse(module.Tags[import.Index].TypeIndex);
        }
        else
        {
            output.Write(' ');
            if (import.Kind == ExternalKind.Table) types.Write(module.Tables[import.Index].Type);
            else if (import.Kind == ExternalKind.Memory) types.Write(module.Memories[import.Index]);
            else types.Write(module.Globals[import.Index].Type);
        }

        output.Write("))");
    }

    private void BeginField(string word, NameKind kind, int index)
    {
        WriteField("(" + word);
        names.WriteDeclaration(output, kind, index);
    }

    private void WriteTable(int index)
    {
        BeginField("table", NameKind.Table, index);
        output.Write(' ');
        types.Write(module.Tables[index].Type);
        if (module.Tables[index].Initializer.Length > 0)
        {
            output.Write(' ');
            instructions.WriteExpression(module.Tables[index].Initializer);
        }

        output.Write(')');
    }

    private void WriteMemory(int index)
    {
        BeginField("memory", NameKind.Memory, index);
        output.Write(' ');
        types.Write(module.Memories[index]);
        output.Write(')');
    }

    private void WriteTag(int index)
    {
        BeginField("tag", NameKind.Tag, index);
        types.WriteUse(module.Tags[index].TypeIndex);
        output.Write(')');
    }

    private void WriteGlobal(int index)
    {
        BeginField("global", NameKind.Global, index);
        output.Write(' ');
        types.Write(module.Globals[index].Type);
        output.Write(' ');
        instructions.WriteExpression(module.Globals[index].Initializer);
        output.Write(')');
    }

    private void WriteExport(ExportDeclaration export)
    {
        WriteField("(export ");
        output.WriteName(export.Name);
        output.Write(" (");
        WriteKind(export.Kind);
        output.Write(' ');
        output.Write(names.Reference(NamesOf(export.Kind), (uint)export.Index));
        output.Write("))");
    }

    private void WriteElements(int index)
    {
        var segment = module.Elements[index];
        BeginField("elem", NameKind.Element, index);
        if (segment.Mode == SegmentMode.Declarative) output.Write(" declare");
        if (segment.Mode == SegmentMode.Active)
        {
            WriteOffset(NameKind.Table, "table", segment.Table, segment.TableOffset);
        }

        output.Write(' ');
        if (segment.Functions.IsDefault)
        {
            types.Write(segment.Type);
            foreach (var expression in segment.Expressions)
            {
                output.Write(" (item ");
                instructions.WriteExpression(expression);
                output.Write(')');
            }
        }
        else
        {
            output.Write("func");
            foreach (var function in segment.Functions)
            {
                output.Write(' ');
                output.Write(names.Reference(NameKind.Function, (uint)function));
            }
        }

        output.Write(')');
    }

    private void WriteData(int index)
    {
        var segment = module.Data[index];
        BeginField("data", NameKind.Data, index);
        if (segment.Mode == SegmentMode.Active)
        {
            WriteOffset(NameKind.Memory, "memory", segment.Memory, segment.MemoryOffset);
        }

        customSections.WriteContent(module.Bytes.Span.Slice(segment.Content.Offset, segment.Content.Length));
        output.Write(')');
    }

    private void WriteOffset(NameKind kind, string word, int target, ByteRange offset)
    {
        if (target != 0) output.Write($" ({word} {names.Reference(kind, (uint)target)})");
        output.Write(" (offset ");
        instructions.WriteExpression(offset);
        output.Write(')');
    }

    private void WriteKind(ExternalKind kind) => output.Write(kind switch
    {
        ExternalKind.Function => "func",
        ExternalKind.Table => "table",
        ExternalKind.Memory => "memory",
        ExternalKind.Global => "global",
        _ => "tag",
    });

    private static NameKind NamesOf(ExternalKind kind) => kind switch
    {
        ExternalKind.Function => NameKind.Function,
        ExternalKind.Table => NameKind.Table,
        ExternalKind.Memory => NameKind.Memory,
        ExternalKind.Global => NameKind.Global,
        _ => NameKind.Tag,
    };
}
