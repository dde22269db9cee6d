using System.CommandLine;
using System.Text;
using Coffer.Cli.Embedding;
using Coffer.Cli.Settings;
using Coffer.Embedding;

namespace Coffer.Cli.Commands;

/// <summary>
/// <c>coffer embed</c>: a module as an assembly that a C# program is built with, and a class for it. The package Coffer.Build
/// calls it.
/// </summary>
internal static class EmbedCommand
{
    public const string Name = "embed";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var output = new Option<string>("--output", "-o") { Description = "The folder for both files", HelpName = "dir", Required = true };
        var className = new Option<string>("--class") { Description = "The name of the C# class", HelpName = "name", Required = true };
        var space = new Option<string>("--namespace") { Description = "The namespace of the class", HelpName = "name", Required = true };
        var memory = OptionTypes.MemoryMode();
        var features = OptionTypes.Features();
        var fuel = new Option<bool>("--fuel") { Description = "For engines that consume fuel" };
        var endless = new Option<bool>("--no-interrupt") { Description = "Without polls: faster loops, but no deadline ends one" };
        var command = new Command(
            Name,
            """
            Compile a module into a .NET assembly, NAMESPACE.CLASSGuest.dll, and write a C# class that uses it, CLASS.g.cs.
            A program that is built with both needs no compiler at run time, and can be published as NativeAOT.
            """)
        {
            file, output, className, space, memory, features, fuel, endless,
        };
        command.SetAction(result =>
        {
            var engine = new Engine(new EngineOptions
            {
                Features = result.GetValue(features) ?? Features.All,
                Memory = MemoryOptions.Default with { Mode = result.GetValue(memory) },
                ConsumeFuel = result.GetValue(fuel),
                Interruptible = !result.GetValue(endless),
            });
            Embed(
                context, engine, result.GetRequiredValue(file), result.GetRequiredValue(output),
                RequireName(result.GetRequiredValue(space), "--namespace", allowDots: true), RequireName(result.GetRequiredValue(className), "--class"));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Embed(CommandContext context, Engine engine, string path, string folder, string space, string className)
    {
        var bytes = ModuleSource.ReadBinary(context, path, engine.Options.Features);
        var name = Path.GetFileName(path);
        var image = $"{space}.{className}Guest";
        var (module, compiled) = ModuleSource.NameErrors(
            path, () => (Module.Compile(engine, bytes, name), Module.CompileLinked(engine, bytes, new LinkedTarget(image, name))));
        if (compiled.Layouts.Count > 0)
        {
            // Classes of structs are shared with modules that are compiled at run time, which an assembly of its own cannot do.
            throw new CommandFailure(
                ExitCode.InputOutput, $"{path} has structs of garbage collection, which cannot be embedded yet", "load it at run time: Module.Compile");
        }

        context.Files.WriteAll(Path.Combine(folder, $"{image}.dll"), compiled.Image);
        context.Files.WriteAll(Path.Combine(folder, $"{className}.g.cs"), Encoding.UTF8.GetBytes(new TypedClass(module, space, className, image).Write()));
    }

    private static string RequireName(string name, string option, bool allowDots = false) => CSharpNames.IsValid(name, allowDots)
        ? name
        : throw CommandFailure.Usage($"\"{name}\" ({option}) is no name in C#", "letters, digits and underscores, no digit first");
}
