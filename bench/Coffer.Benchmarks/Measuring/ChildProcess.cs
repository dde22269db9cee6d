using System.Diagnostics;
using System.Globalization;

namespace Coffer.Benchmarks.Measuring;

/// <summary>What came of a process.</summary>
/// <param name="ExitCode">The exit code; -1 when the process was ended because it took too long.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Milliseconds">From before the start until the end.</param>
/// <param name="PeakKiB">The most memory that was resident; 0 unless asked for.</param>
internal sealed record ProcessOutcome(int ExitCode, byte[] Output, byte[] Error, double Milliseconds, long PeakKiB)
{
    public string OutputText => System.Text.Encoding.UTF8.GetString(Output);

    public string ErrorText => System.Text.Encoding.UTF8.GetString(Error);

    /// <summary>Why it failed, in a line.</summary>
    public string Failure()
    {
        if (ExitCode == -1) return "took too long";
        var line = ErrorText.Split('\n').Select(each => each.Trim()).LastOrDefault(each => each.Contains("rror", StringComparison.Ordinal))
            ?? ErrorText.Split('\n')[0];
        return $"exit code {ExitCode}: {(line.Length > 120 ? line[..120] : line)}".TrimEnd(' ', ':');
    }
}

/// <summary>Runs other programs.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program to its end, with closed input.</summary>
    public static ProcessOutcome Run(Command command, string folder, bool isPeakWanted = false)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput.BaseStream);
        var error = ReadAsync(process.StandardError.BaseStream);
        var peak = isPeakWanted ? WatchPeak(process) : 0;
        var hasEnded = process.WaitForExit(Limit);
        if (!hasEnded) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        var elapsed = watch.Elapsed.TotalMilliseconds;
        return new ProcessOutcome(hasEnded ? process.ExitCode : -1, output.Result, error.Result, elapsed, peak);
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var content = new MemoryStream();
        await stream.CopyToAsync(content).ConfigureAwait(false);
        return content.ToArray();
    }

    // The system counts up the peak itself: what is read shortly before the end is the peak so far.
    private static long WatchPeak(Process process)
    {
        var peak = 0L;
        var watch = Stopwatch.StartNew();
        while (!process.WaitForExit(2) && watch.Elapsed < Limit)
        {
            try
            {
                peak = Math.Max(peak, PeakIn(File.ReadLines($"/proc/{process.Id}/status")));
            }
            catch (IOException)
            {
            }
        }

        return peak;
    }

    private static long PeakIn(IEnumerable<string> status)
    {
        var line = status.FirstOrDefault(each => each.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
