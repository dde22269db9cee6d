using System.Reflection;
using System.Runtime.InteropServices;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Compilation;

namespace Coffer.Cli.Standalone;

/// <summary>What executables do: run the one module that is in them, as <c>coffer run</c> would.</summary>
internal static partial class StandaloneProgram
{
    private const int SetName = 15;

    /// <summary>
    /// What the generated entry of an executable of <c>coffer build</c> calls. Its grants are those of the manifest that is in
    /// it; all arguments are the guest's; nothing else has a say.
    /// </summary>
    public static MethodInfo Entry { get; } = ((Func<LinkedCode, string[], string, string, int>)Run).Method;

    /// <summary>
    /// What that of an executable in the cache calls, which the launcher becomes: the arguments are a plain line of
    /// <c>coffer</c>, with what it grants, and what it does is what <see cref="FileRun"/> would do.
    /// </summary>
    public static MethodInfo PlainEntry { get; } = ((Func<LinkedCode, string[], string, string, int>)RunPlain).Method;

    private static int Run(LinkedCode code, string[] arguments, string name, string settings)
    {
        using var signals = new CancelSignals();

        // Where the manifest is, which is in the executable, start the paths in it that are relative.
        var folder = Path.GetDirectoryName(Environment.ProcessPath) ?? Environment.CurrentDirectory;
        var context = new CommandContext(Terminal.OfProcess(), new HostFiles(folder), signals.Token);
        try
        {
            var manifest = Manifest.Parse(settings, name) with { Module = name };
            var run = NewRun(context, RunSettings.Of(manifest) with { Arguments = arguments });
            return run.Run(Load(code, name, "build it with --memory checked"));
        }
        catch (Exception e)
        {
            return ErrorReport.Write(context.Terminal, e, isBuiltIn: true);
        }
    }

    private static int RunPlain(LinkedCode code, string[] arguments, string name, string unused)
    {
        // The system names a process by its file, which is a hash.
        _ = Control(SetName, CommandName);
        using var signals = new CancelSignals();
        var context = new CommandContext(Terminal.OfProcess(), new HostFiles(Environment.CurrentDirectory), signals.Token);
        try
        {
            var settings = PlainRun.OfGuest(context, arguments)
                ?? throw CommandFailure.Usage("this program belongs to a cache of coffer, which alone starts it", "run the module: coffer run FILE");
            var module = Load(code, Path.GetFileName(settings.File), $"run it without: {CacheChoice.ExecutablesVariable}=off");
            var run = NewRun(context, settings);
            run.CheckEntry(module);
            return run.Run(module);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(context.Terminal, e);
        }
    }

    private static ReadOnlySpan<byte> CommandName => "coffer"u8;

    private static GuestRun NewRun(CommandContext context, RunSettings settings) =>
        new(context, settings, static file => throw CommandFailure.Usage($"there is no {file}"));

    private static Module Load(LinkedCode code, string name, string remedy)
    {
        try
        {
            // There is one guest in this process.
            var options = code.Options;
            return Module.LoadLinked(new Engine(options with { Memory = options.Memory with { LargePages = true } }), code, name);
        }
        catch (InvalidOperationException e)
        {
            // The one thing that a system can take away from code that was compiled for it.
            throw new CommandFailure(ExitCode.InputOutput, e.Message, remedy, e);
        }
    }

    // Literals of UTF-8 end with a zero.
    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, ReadOnlySpan<byte> name);
}
