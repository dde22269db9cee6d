using System.CommandLine;
using System.Globalization;
using Coffer.Cli.Disassembly;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer objdump</c>: what a function is compiled to.</summary>
internal static class ObjdumpCommand
{
    public const string Name = "objdump";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var name = new Option<string>("--function")
        {
            Description = "The function, by name or index",
            HelpName = "name|index",
            Required = true,
        };
        var cil = new Option<bool>("--cil")
        {
            Description = "Show the CIL with the wasm instructions it came from (the default)",
        };
        var assembly = new Option<bool>("--asm")
        {
            Description = "Show the machine code with the wasm instructions it came from, "
                + "in groups and not in order, since optimized code moves",
        };
        var memory = OptionTypes.Choice(
            "--memory", "How accesses to memory are kept inside it", MemoryMode.Auto,
            ("auto", MemoryMode.Auto), ("guarded", MemoryMode.Guarded), ("checked", MemoryMode.Checked));
        var fuel = new Option<bool>("--fuel") { Description = "Show the code that counts fuel, as `coffer run --fuel` runs it" };
        var command = new Command(Name, "Show what a function is compiled to: CIL and machine code.")
        {
            file, name, cil, assembly, memory, fuel,
        };
        command.SetAction(result =>
        {
            var options = new EngineOptions
            {
                Memory = MemoryOptions.Default with { Mode = result.GetValue(memory) },
                ConsumeFuel = result.GetValue(fuel),
            };
            var path = result.GetRequiredValue(file);
            var module = ModuleSource.Compile(context, new Engine(options), path);
            var function = Find(module, path, result.GetRequiredValue(name));
            var output = context.Terminal.Output;
            var title = PlainText.OneLine(module.FunctionName(function) ?? "");
            output.WriteLine($"; function {function} {title} {module.Definition.FunctionTypeOf(function)}");
            var wantsAssembly = result.GetValue(assembly);
            if (result.GetValue(cil) || !wantsAssembly) WriteCil(module, function, output);
            if (wantsAssembly) MachineCodeListing.Write(module, function, output, context.Cancellation);
            return ExitCode.Success;
        });
        return command;
    }

    private static void WriteCil(Module module, int function, TextWriter output) => CilListing.Write(
        module.Compiled.Image,
        module.CodeMethod(function).MetadataToken,
        WasmListing.Of(module.Definition, function),
        module.Compiled.Offsets.Pairs(function - module.Definition.ImportedFunctions),
        output);

    private static int Find(Module module, string path, string name)
    {
        var definition = module.Definition;
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            var found = Enumerable.Range(0, definition.Functions.Length)
                .Where(i => module.FunctionName(i) == name.TrimStart('$')).ToList();
            if (found.Count == 0)
            {
                throw CommandFailure.Usage($"{path} has no function \"{name}\"", $"see: coffer print {path}");
            }

            index = found[0];
        }

        if (index >= definition.Functions.Length)
        {
            throw CommandFailure.Usage($"{path} has {definition.Functions.Length} functions; there is no {index}");
        }

        if (index < definition.ImportedFunctions)
        {
            throw CommandFailure.Usage($"function {index} of {path} is imported: there is nothing to show");
        }

        return index;
    }
}
