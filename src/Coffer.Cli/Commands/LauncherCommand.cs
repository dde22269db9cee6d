using System.CommandLine;
using Coffer.Cli.Standalone;
using Coffer.Native;

namespace Coffer.Cli.Commands;

/// <summary>
/// <c>coffer make-launcher</c>, which the build of the command calls: the launcher, the translator, and the file that says what they are for.
/// Where no executables can be made there is none, and that is no failure.
/// </summary>
internal static class LauncherCommand
{
    public const string Name = "make-launcher";

    public static Command Create(CommandContext context)
    {
        var assembly = new Argument<string?>("assembly")
        {
            Description = "The launcher or the translator as an assembly; without it, what they are for is written",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var output = new Option<string>("--output", "-o") { Description = "The file to write", HelpName = "file", Required = true };
        var usesEngine = new Option<bool>("--engine") { Description = "The assembly uses the engine" };
        var command = new Command(Name, "Make the launcher of this command.") { assembly, output, usesEngine };
        command.Hidden = true;
        command.SetAction(result =>
        {
            var target = result.GetRequiredValue(output);
            if (result.GetValue(assembly) is { } file) Make(context, file, target, result.GetValue(usesEngine));
            else context.Files.WriteAll(target, CommandIdentity.Here(context).ToBytes());
            return ExitCode.Success;
        });
        return command;
    }

    private static void Make(CommandContext context, string assembly, string output, bool usesEngine)
    {
        try
        {
            var name = Path.GetFileNameWithoutExtension(assembly);
            var program = new ExecutableCompiler(new Engine()).CompileProgram(name, context.Files.ReadAll(assembly), usesEngine, context.Cancellation);
            context.Files.WriteProgram(output, program);
        }
        catch (NativeCompilationException e)
        {
            context.Terminal.Error.WriteLine($"coffer: no {Path.GetFileName(output)}: {PlainText.OneLine(e.Message)}");
        }
    }
}
