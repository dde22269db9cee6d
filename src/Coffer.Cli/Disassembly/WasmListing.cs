using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Text;

namespace Coffer.Cli.Disassembly;

/// <summary>The instructions of a function as text, by where they begin in the module.</summary>
internal static class WasmListing
{
    /// <summary>An instruction as it stands in a listing.</summary>
    public static string Line(long offset, string text) => $"{$"0x{offset:x}",-10}{text}";

    public static SortedDictionary<long, string> Of(ModuleDefinition module, int function)
    {
        var lines = Print(module, function);
        var listing = new SortedDictionary<long, string>();
        var instructions = new InstructionReader(SkipLocals(module, function), module.Types.AsSpan(), Features.All);
        var instruction = default(Instruction);
        foreach (var line in lines)
        {
            instructions.Read(ref instruction);
            listing[instruction.Offset] = line;
        }

        return listing;
    }

    // The printer writes each instruction on a line of its own, and not the last end.
    private static string[] Print(ModuleDefinition module, int function)
    {
        using var text = new StringWriter();
        var output = new TextOutput(text);
        var names = new PrintedNames(module);
        var printer = new InstructionPrinter(module, names, new TypePrinter(module, names, output), output);
        names.EnterFunction(function, int.MaxValue);
        printer.WriteBody(
            SkipLocals(module, function), names.Labels(function), [], module.Functions[function].Body.Offset);
        return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static WasmReader SkipLocals(ModuleDefinition module, int function)
    {
        var reader = new WasmReader(module.Bytes.Span, module.Functions[function].Body);
        for (var groups = reader.ReadU32(); groups > 0; groups--)
        {
            reader.ReadU32();
            reader.ReadValueType(module.Types.AsSpan());
        }

        return reader;
    }
}
