using System.Reflection;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Running;
using Coffer.Compilation;

namespace Coffer.Cli.Standalone;

/// <summary>
/// What the executables of <c>coffer build</c> do: run the one module that is in them, with the grants of the manifest that
/// is in them, as <c>coffer run</c> would. All arguments are the guest's; nothing else has a say.
/// </summary>
internal static class StandaloneProgram
{
    /// <summary>What the generated entry of an executable calls.</summary>
    public static MethodInfo Entry { get; } = ((Func<LinkedCode, string[], string, string, int>)Run).Method;

    private static int Run(LinkedCode code, string[] arguments, string name, string settings)
    {
        using var signals = new CancelSignals();

        // Where the manifest is, which is in the executable, start the paths in it that are relative.
        var folder = Path.GetDirectoryName(Environment.ProcessPath) ?? Environment.CurrentDirectory;
        var context = new CommandContext(Terminal.OfProcess(), new HostFiles(folder), signals.Token);
        try
        {
            var manifest = Manifest.Parse(settings, name) with { Module = name };
            var run = new GuestRun(
                context, RunSettings.Of(manifest) with { Arguments = arguments }, static file => throw CommandFailure.Usage($"there is no {file}"));
            return run.Run(Load(code, name));
        }
        catch (Exception e)
        {
            return ErrorReport.Write(context.Terminal, e, isBuiltIn: true);
        }
    }

    private static Module Load(LinkedCode code, string name)
    {
        try
        {
            return Module.LoadLinked(new Engine(code.Options), code, name);
        }
        catch (InvalidOperationException e)
        {
            // The one thing that a system can take away from code that was compiled for it.
            throw new CommandFailure(ExitCode.InputOutput, e.Message, "build it with --memory checked", e);
        }
    }
}
