using System.Runtime.InteropServices;

namespace Coffer.Edge.Ambient;

/// <summary>Makes names in a folder as durable as the files they stand for.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Writes the names in a folder to the device. Windows does so by itself.</summary>
    /// <exception cref="IOException">The device reports an error.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw new IOException($"{folder} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        var isDone = Sync(descriptor) == 0;
        var message = isDone ? null : Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (!isDone) throw new IOException($"{folder} cannot be written to the device: {message}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
