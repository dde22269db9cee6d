using System.Globalization;

namespace Coffer.Edge.Ambient;

/// <summary>How many files and connections the system lets this process have open at a time.</summary>
internal static class Descriptors
{
    private const string Limits = "/proc/self/limits", Open = "/proc/self/fd", Row = "Max open files";

    // Its own code is loaded when it is needed, from files that stay open.
    private const int Own = 100;

    /// <summary>
    /// How many connections of clients each listener may have; null where the system does not tell. What the process itself may still open
    /// is left, and of the rest a quarter, for files of guests and for connections to other servers. A process that has no descriptor left cannot even load its own code, which ends it: clients must not
    /// be able to bring that about.
    /// </summary>
    /// <param name="listeners">How many listeners there are.</param>
    public static long? RoomForConnections(int listeners)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            var row = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
            var soft = row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            if (!long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)) return null;
            var room = (limit - Directory.EnumerateFileSystemEntries(Open).Count() - Own) / 4 * 3;
            return Math.Max(1, room / Math.Max(1, listeners));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
