using System.CommandLine;
using System.CommandLine.Parsing;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Cli.Standalone;
using Coffer.Native;
using Coffer.Native.Artifacts;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer compile</c>: machine code ahead of time, into a file or the cache.</summary>
internal static class CompileCommand
{
    public const string Name = "compile";

    /// <summary>The option of a compilation that another command started and nobody waits for.</summary>
    public const string Background = "--background";

    // More than the compiler itself may take.
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(5);

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Where the artifact goes (.cof); without it the cache of later runs is filled",
            HelpName = "file",
        };
        var memory = OptionTypes.MemoryMode();
        var features = OptionTypes.Features();
        var fuel = new Option<bool>("--fuel") { Description = "For runs with --fuel" };
        var endless = new Option<bool>("--no-interrupt") { Description = "Without polls: faster loops, but no deadline ends one" };
        var cache = CacheOption.Create();
        var executable = new Option<bool>("--executable")
        {
            Description = "For the cache: an executable, which runs start as",
        };
        var background = new Option<bool>(Background) { Hidden = true };
        var command = new Command(Name, "Compile a module to machine code ahead of time.")
        {
            file, output, memory, features, fuel, endless, cache, executable, background,
        };
        command.SetAction(result =>
        {
            var choice = CacheOption.Read(result, cache, context);
            var path = result.GetRequiredValue(file);
            if (result.GetValue(executable))
            {
                Symbol[] others = [output, memory, features, fuel, endless];
                if (Array.Exists(others, option => result.GetResult(option) is OptionResult { Implicit: false }))
                {
                    throw CommandFailure.Usage("an executable in the cache is for runs without --memory, --features and --fuel", "for a file of your own: coffer build");
                }

                var cached = new CachedExecutables(context, choice);
                if (result.GetValue(background)) cached.MakeInBackground(path);
                else cached.Make(path);
                return ExitCode.Success;
            }

            var engine = new Engine(new EngineOptions
            {
                // In the background half of the machine at most.
                CompilationThreads = result.GetValue(background) ? 1 : 0,
                AllowNativeCode = true,
                Features = result.GetValue(features) ?? Features.All,
                Memory = MemoryOptions.Default with { Mode = result.GetValue(memory) },
                ConsumeFuel = result.GetValue(fuel),
                Interruptible = !result.GetValue(endless),
            });
            if (result.GetValue(background)) FillInBackground(context, engine, choice, path);
            else if (result.GetValue(output) is { } target) Write(context, engine, choice, path, target);
            else Fill(context, engine, choice, path);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(CommandContext context, Engine engine, CacheChoice choice, string path, string target)
    {
        var bytes = ModuleSource.ReadBinary(context, path, engine.Options.Features);
        var loader = new ModuleLoader(engine, choice.ToOptions(context));
        var artifact = ModuleSource.NameErrors(path, () => loader.CompileArtifact(bytes, context.Cancellation));
        if (target == HostFiles.StandardStream) context.Terminal.OutputStream.Write(artifact);
        else context.Files.WriteAll(target, artifact);
    }

    private static void Fill(CommandContext context, Engine engine, CacheChoice choice, string path)
    {
        var bytes = ModuleSource.ReadBinary(context, path, engine.Options.Features);
        var loader = new ModuleLoader(engine, choice.ToOptions(context) with { Policy = NativePolicy.Always });
        var module = ModuleSource.NameErrors(path, () => loader.Load(bytes, cancellation: context.Cancellation));
        if (!module.IsNative) throw new CommandFailure(ExitCode.InputOutput, $"{path} could not be put into the cache");
    }

    private static void FillInBackground(CommandContext context, Engine engine, CacheChoice choice, string path)
    {
        // Nobody watches it; whatever it may wait for, it ends.
        using var work = new BackgroundWork(MostTime);
        var bytes = ModuleSource.ReadBinary(context, path, engine.Options.Features);

        // Half of the machine at most, and the guest's half is the one with priority.
        var loader = new ModuleLoader(engine, choice.ToOptions(context) with { Policy = NativePolicy.Always, Threads = 1, Warning = null });
        loader.Cache?.TryExclusively(
            ArtifactDescription.Of(bytes, engine.Options), () => loader.Load(bytes, cancellation: context.Cancellation));
    }
}
