using System.CommandLine;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer run</c>: runs a program or calls a function.</summary>
internal static class RunCommand
{
    public const string Name = RunLine.Verb;

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string?>("file")
        {
            Description = "The module, in binary or text format; without it, the one that the manifest names",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "What the guest gets, whatever it looks like; with --invoke the function's arguments",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var invoke = new Option<string?>(RunOption.Invoke)
        {
            Description = "Call an exported function and print its results",
            HelpName = "name",
        };
        var given = new ManifestOptions();
        var print = new Option<bool>("--print-manifest")
        {
            Description = "Write a manifest that says the same as the options, and run nothing",
        };
        var preload = OptionTypes.Preloads();
        var memory = OptionTypes.MemoryMode();
        var features = OptionTypes.Features();
        var prepare = new Option<bool>("--prepare") { Description = "Make all machine code before the guest starts" };
        var cache = CacheOption.Create();
        var command = new Command(
            Name,
            $"""
            Run a WebAssembly program, or call a function of a module. Options go before the file.

            {ExitCode.Table}
            """)
        {
            file, arguments, invoke, preload, print, memory, features, prepare, cache,
        };
        given.AddTo(command);
        command.SetAction(result =>
        {
            var manifest = given.Read(result, context);
            manifest = manifest with { Module = result.GetValue(file) ?? manifest.Module };
            var words = result.GetValue(arguments) ?? [];
            if (result.GetValue(print)) return Print(context, manifest, words);
            return new FileRun(context, RunSettings.Of(manifest) with
            {
                Arguments = words,
                Invoke = result.GetValue(invoke),
                Preloads = result.GetValue(preload) ?? [],
                Memory = result.GetValue(memory),
                Features = result.GetValue(features) ?? Features.All,
                FeatureText = result.GetResult(features)?.Tokens is [var text, ..] ? text.Value : null,
                Cache = CacheOption.Read(result, cache, context),
                Prepare = result.GetValue(prepare),
            }).Run();
        });
        return command;
    }

    private static int Print(CommandContext context, Manifest manifest, string[] arguments)
    {
        var capabilities = manifest.Capabilities.With(arguments.Select(argument => new ArgumentGrant(argument)));
        context.Terminal.Output.Write(manifest with { Capabilities = capabilities });
        return ExitCode.Success;
    }
}
