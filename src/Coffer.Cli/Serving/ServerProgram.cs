using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Coffer.Cli.Serving;

/// <summary>
/// The program beside this one that holds what listens. This process becomes it, so that signals, streams and the
/// process number stay what they are for whoever started <c>coffer</c>.
/// </summary>
internal static partial class ServerProgram
{
    private const string Folder = "server", Name = "coffer-server";

    // The words that a line begins with. No type of the parser is loaded for them: the server has a parser of its own.
    private static readonly string[][] Verbs = [["serve"], ["deploy"], ["apps"], ["rollback"], ["logs"], ["proxy"], ["filter"], ["policy"]];

    /// <summary>Whether a command line is for the server.</summary>
    public static bool Takes(IReadOnlyList<string> arguments)
    {
        foreach (var verb in Verbs)
        {
            var begins = arguments.Count >= verb.Length;
            for (var i = 0; begins && i < verb.Length; i++) begins = arguments[i] == verb[i];
            if (begins) return true;
        }

        return false;
    }

    /// <summary>Becomes the server; returns only where a process cannot become another, when the server has ended.</summary>
    /// <exception cref="CommandFailure">There is no server, or it cannot be started.</exception>
    public static int Become(IReadOnlyList<string> arguments)
    {
        var line = CommandOf(AppContext.BaseDirectory, Environment.ProcessPath, arguments);
        if (OperatingSystem.IsWindows()) return Wait(line);
        Execute(line[0], [.. line, null]);
        throw new CommandFailure(ExitCode.InputOutput, $"cannot start {line[0]}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The program and its arguments.</summary>
    /// <param name="directory">Where this program is.</param>
    /// <param name="process">The file that the system runs: this program, or <c>dotnet</c>.</param>
    /// <param name="arguments">The arguments of this program.</param>
    internal static string[] CommandOf(string directory, string? process, IReadOnlyList<string> arguments)
    {
        var path = Path.Join(directory, Folder, Name);
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? [process!, path + ".dll", .. arguments]
            : [OperatingSystem.IsWindows() ? path + ".exe" : path, .. arguments];
    }

    private static int Wait(string[] line)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(line[0], line.AsSpan(1).ToArray()) { UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new CommandFailure(ExitCode.InputOutput, $"cannot start {line[0]}: {exception.Message}", inner: exception);
        }
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
