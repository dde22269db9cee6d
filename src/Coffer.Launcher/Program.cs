using Coffer.Cli.Running;
using Coffer.Cli.Standalone;

namespace Coffer.Launcher;

/// <summary>
/// What starts as <c>coffer</c>. A run of a module that the cache has an executable of becomes that; everything else
/// becomes the command beside it. Either way the process, its arguments, variables and streams stay what they are.
/// </summary>
internal static class Program
{
    private const int CannotStart = 74;

    private static int Main(string[] arguments)
    {
        if (ProcessLine.Read() is not { } line) return Fail("this process's own arguments cannot be read: /proc is not there");
        if (line.IsText && RunLine.Read(arguments) is { } run && RunCache.Open(run) is { } cache)
        {
            if (cache.FindExecutable() is { } program) line.Become(program);

            // Here, or when the system does not start programs out of that folder.
            if (cache.CountRun() is { } module) BackgroundMaking.Start(module);
            if (cache.WantsTiers && ProcessLine.AskForTiers()) TranslationStart.Begin(cache);
        }

        var command = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Command);
        line.Become(command);
        return Fail($"cannot start {command}: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static int Fail(string reason)
    {
        Console.Error.WriteLine($"error: {reason}");
        return CannotStart;
    }
}
