using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Coffer.Benchmarks.Edge;

/// <summary>One round of load by <c>wrk</c>, in a process of its own.</summary>
/// <param name="Rate">Requests in a second.</param>
/// <param name="Median">Half of them took no longer, in milliseconds.</param>
/// <param name="P99">99 of a hundred took no longer, in milliseconds.</param>
/// <param name="Requests">How many were answered.</param>
/// <param name="Failed">How many with something else than success.</param>
internal sealed partial record Wrk(double Rate, double Median, double P99, long Requests, long Failed)
{
    public static async Task<Wrk> RunAsync(ServerProcess server, int connections, int seconds, string? path = null)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "wrk", ["-t1", $"-c{connections}", $"-d{seconds}", "--latency", "--timeout", "20s", $"http://127.0.0.1:{server.Port}{path ?? server.Path}"]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Wrk(
            Number(Rates().Match(text).Groups[1].Value), Time(Halves().Match(text)), Time(Hundredths().Match(text)),
            (long)Number(Counts().Match(text).Groups[1].Value), Failures().Match(text) is { Success: true } failed ? (long)Number(failed.Groups[1].Value) : 0);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double Time(Match match) => Number(match.Groups[1].Value) * match.Groups[2].Value switch
    {
        "us" => 0.001,
        "ms" => 1,
        "s" => 1000,
        _ => 60_000,
    };

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rates();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s|m)")]
    private static partial Regex Halves();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s|m)")]
    private static partial Regex Hundredths();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Counts();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Failures();
}
