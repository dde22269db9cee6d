using System.Diagnostics;
using System.Text;

namespace Coffer.Native.Ambient;

/// <summary>
/// Runs a compiler or linker as a child: without a shell, without input, for a limited time, and keeping little of what it
/// says.
/// </summary>
/// <param name="name">What messages call it.</param>
/// <param name="file">The program.</param>
/// <param name="timeLimit">How long it may take.</param>
internal sealed class ToolProcess(string name, string file, TimeSpan timeLimit)
{
    private const int MostOutput = 8 << 10;

    /// <summary>The variables of its environment: it is told everything else by its arguments.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="failure">What it said, when it failed.</param>
    /// <returns>Whether it succeeded.</returns>
    /// <exception cref="NativeCompilationException">It did not end in time.</exception>
    public bool TryRun(IEnumerable<string> arguments, string folder, CancellationToken cancellation, out string failure)
    {
        failure = "";
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (variable, value) in Environment) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeLimit);
        using var ending = limit.Token.UnsafeRegister(static process => ((Process)process!).Kill(entireProcessTree: true), process);

        // By a thread that waits: what reads a pipe without one is forty methods for the JIT compiler, at every start of the command.
        var output = "";
        var reader = new Thread(() => output = Drain(process.StandardOutput)) { IsBackground = true, Name = name };
        reader.Start();
        var error = Drain(process.StandardError);
        reader.Join();
        process.WaitForExit();
        if (process.ExitCode == 0) return true;
        if (limit.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new NativeCompilationException($"{name} did not end within {timeLimit.TotalSeconds:0} s and was ended.");
        }

        failure = $"{name} failed with exit code {process.ExitCode}: {(error + output).Trim()}";
        return false;
    }

    /// <summary>Reads all, so that the pipe is never full, and keeps the beginning.</summary>
    private static string Drain(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[1 << 10];
        for (int count; (count = reader.Read(buffer, 0, buffer.Length)) > 0;)
        {
            kept.Append(buffer, 0, Math.Min(count, MostOutput - kept.Length));
        }

        return kept.ToString();
    }
}
