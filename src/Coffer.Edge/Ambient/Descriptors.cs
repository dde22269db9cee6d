using System.Globalization;

namespace Coffer.Edge.Ambient;

/// <summary>How many files and connections the system lets this process have open at a time.</summary>
internal static class Descriptors
{
    private const string Limits = "/proc/self/limits", Open = "/proc/self/fd", Row = "Max open files";

    /// <summary>
    /// How many connections of clients there may be; null where the system does not tell. A quarter is left for files of guests and for
    /// connections to other servers. A process that has no descriptor left cannot even load its own code, which ends it: clients must not
    /// be able to bring that about.
    /// </summary>
    public static long? RoomForConnections()
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            var row = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
            var soft = row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            if (!long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)) return null;
            return Math.Max(1, (limit - Directory.EnumerateFileSystemEntries(Open).Count()) / 4 * 3);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
