using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>A file without a name that holds what memories begin with, and never changes (memfd; Linux).</summary>
internal static unsafe partial class MemoryFile
{
    private const uint CloseOnExec = 1, AllowSealing = 2, NeverExecutable = 8;
    private const int AddSeals = 1033;
    private const int SealAll = 1 | 2 | 4 | 8;

    /// <summary>A file of the size that <paramref name="fill"/> writes to; -1 when the system has none.</summary>
    public static int TryCreate(ulong bytes, Action<nint> fill)
    {
        var file = TryOpen();
        if (file < 0)
            return -1;
        if (SetLength(file, (long)bytes) == 0 && TryFill(file, bytes, fill) && Control(file, AddSeals, SealAll) == 0)
            return file;
        _ = PosixMemory.Close(file);
        return -1;
    }

    private static bool TryFill(int file, ulong bytes, Action<nint> fill)
    {
        var view = PosixMemory.TryMapShared(bytes, file);
        if (view == 0)
            return false;
        fill(view);
        PosixMemory.Release(view, bytes);
        return true;
    }

    private static int TryOpen()
    {
        try
        {
            // Systems before 6.3 do not know the last flag; some later ones insist on it.
            var file = Create("coffer memory", CloseOnExec | AllowSealing | NeverExecutable);
            return file >= 0 ? file : Create("coffer memory", CloseOnExec | AllowSealing);
        }
        catch (EntryPointNotFoundException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int SetLength(int file, long length);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int file, int command, int argument);
}
