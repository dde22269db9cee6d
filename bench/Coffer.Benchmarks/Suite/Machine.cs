using System.Globalization;
using System.Runtime.InteropServices;

namespace Coffer.Benchmarks.Suite;

/// <summary>What is measured on.</summary>
internal static class Machine
{
    /// <summary>The system's load average of the last minute; 0 where the system has none.</summary>
    public static double LoadAverage() =>
        FirstLine("/proc/loadavg") is { } line ? double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    /// <summary>The machine, one property a line: its name and what it is.</summary>
    public static IEnumerable<(string Name, string Value)> Describe()
    {
        yield return ("processor", Value("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString());
        yield return ("cores", $"{Environment.ProcessorCount}");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return ("memory", string.Create(CultureInfo.InvariantCulture, $"{memory / (double)(1 << 30):F1} GiB"));
        yield return ("system", RuntimeInformation.OSDescription);
        yield return ("kernel", FirstLine("/proc/sys/kernel/osrelease") ?? Environment.OSVersion.VersionString);
        yield return ("governor", FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") ?? "not told by the system");
    }

    private static string? Value(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        : null;

    private static string? FirstLine(string file) => File.Exists(file) ? File.ReadLines(file).FirstOrDefault() : null;
}
