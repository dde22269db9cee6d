using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coffer.Edge.Ambient;

/// <summary>How many files and connections the system lets this process have open at a time.</summary>
internal static partial class Descriptors
{
    private const string Limits = "/proc/self/limits", Open = "/proc/self/fd", Row = "Max open files";

    // The table of descriptors is doubled when it is full, and all threads that need a new one wait until the kernel has made sure that
    // none uses the old table: 10 to 20 ms. For so many it is made once; that takes 8 bytes for each.
    private const int Reserved = 16 << 10;

    private const int DuplicateFrom = 1030;

    // Its own code is loaded when it is needed, from files that stay open.
    private const int Own = 100;

    /// <summary>
    /// Has the system make room for descriptors at once, on Linux, instead of again and again while requests wait. Where it cannot be done
    /// nothing is lost.
    /// </summary>
    public static void Reserve()
    {
        if (!OperatingSystem.IsLinux() || LimitOfFiles() is not { } limit) return;
        try
        {
            using var nothing = File.OpenHandle("/dev/null");
            // The lowest that is free from there on; the table stays as large when it is closed again.
            var highest = Duplicate((int)nothing.DangerousGetHandle(), DuplicateFrom, (int)Math.Min(limit, Reserved) - 1);
            if (highest >= 0) new SafeFileHandle(highest, ownsHandle: true).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then it is made larger when it is full.
        }
    }

    /// <summary>
    /// How many connections of clients each listener may have; null where the system does not tell. What the process itself may still open
    /// is left, and of the rest a quarter, for files of guests, for connections to other servers and for those that are still to be closed. A
    /// process that has no descriptor left cannot even load its own code, which ends it: clients must not be able to bring that about.
    /// </summary>
    /// <param name="listeners">How many listeners there are.</param>
    public static long? RoomForConnections(int listeners)
    {
        if (!OperatingSystem.IsLinux() || LimitOfFiles() is not { } limit) return null;
        try
        {
            var room = (limit - Directory.EnumerateFileSystemEntries(Open).Count() - Own) / 4 * 3;
            return Math.Max(1, room / Math.Max(1, listeners));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? LimitOfFiles()
    {
        try
        {
            var row = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Row, StringComparison.Ordinal));
            var soft = row?[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Duplicate(int descriptor, int command, int lowest);
}
