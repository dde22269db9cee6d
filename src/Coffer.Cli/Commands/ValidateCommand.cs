using System.CommandLine;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer validate</c>: whether files are valid modules.</summary>
internal static class ValidateCommand
{
    public const string Name = "validate";

    public static Command Create(CommandContext context)
    {
        var files = new Argument<string[]>("file")
        {
            Description = "Modules, in binary or text format",
            Arity = ArgumentArity.OneOrMore,
        };
        var features = OptionTypes.Features();
        var command = new Command(Name, "Check that modules are well-formed and valid.") { files, features };
        command.SetAction(result =>
        {
            var engine = new Engine(new EngineOptions { Features = result.GetValue(features) ?? Features.All, CompilationThreads = 0 });
            var code = ExitCode.Success;
            foreach (var file in result.GetRequiredValue(files))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                var answer = Validate(context, engine, file);
                if (code == ExitCode.Success) code = answer;
            }

            return code;
        });
        return command;
    }

    private static int Validate(CommandContext context, Engine engine, string file)
    {
        try
        {
            _ = ModuleSource.Compile(context, engine, file);
            context.Terminal.Output.WriteLine($"{file}: valid");
            return ExitCode.Success;
        }
        catch (Exception e) when (e is CommandFailure or CofferException)
        {
            return ErrorReport.Write(context.Terminal, e);
        }
    }
}
