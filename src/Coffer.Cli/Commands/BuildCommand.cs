using System.CommandLine;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Cli.Standalone;
using Coffer.Native;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer build</c>: an executable of a program, with its grants inside.</summary>
internal static class BuildCommand
{
    public const string Name = "build";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string?>("file")
        {
            Description = "The program, in binary or text format; without it, the module that the manifest names",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The executable",
            HelpName = "file",
            Required = true,
        };
        var given = new ManifestOptions();
        var memory = OptionTypes.MemoryMode();
        var features = OptionTypes.Features();
        var command = new Command(
            Name,
            """
            Make one executable of a program, with all that runs it and all that it is granted inside. Its arguments are the
            guest's; options and manifest are those of run, and relative paths start at the folder of the executable.
            """)
        {
            file, output, memory, features,
        };
        given.AddTo(command);
        command.SetAction(result =>
        {
            var manifest = given.Read(result, context, isForLater: true);
            var settings = RunSettings.Of(manifest with { Module = result.GetValue(file) ?? manifest.Module }) with
            {
                Memory = result.GetValue(memory),
                Features = result.GetValue(features) ?? Features.All,
            };
            Build(context, manifest, settings, result.GetRequiredValue(output));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Build(CommandContext context, Manifest manifest, RunSettings settings, string output)
    {
        var engine = new Engine(settings.ToEngineOptions());
        var compiler = new ExecutableCompiler(engine);
        if (compiler.Refusal() is { } refusal) throw new CommandFailure(ExitCode.InputOutput, refusal.Reason, refusal.Remedy);
        var bytes = ModuleSource.ReadBinary(context, settings.File, settings.Features);
        var name = Path.GetFileName(settings.File);
        var executable = ModuleSource.NameErrors(settings.File, () =>
        {
            var module = Module.Compile(engine, bytes, name);
            new GuestRun(context, settings, static _ => throw new System.Diagnostics.UnreachableException()).CheckEntry(module);
            WasiGrants.RequireAllOffered(settings.File, module);
            return compiler.Compile(
                bytes, name, StandaloneProgram.Entry, (manifest with { Module = null }).ToString(), context.Cancellation);
        });
        context.Files.WriteProgram(output, executable);
    }
}
