using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Native.Ambient;

/// <summary>
/// How often a module was run from its native code: a file in the cache that grows by a byte each time, so that processes
/// that count at once lose nothing.
/// </summary>
internal static unsafe partial class RunCount
{
    /// <summary>What the names of the files end with.</summary>
    public const string Extension = ".runs";

    private const int WriteOnly = 0x1, Create = 0x40, Append = 0x400, DoNotFollow = 0x20000, CloseOnExec = 0x80000;
    private const uint OwnerOnly = 0x180;
    private const int FromHere = 1;

    // After so many it makes no difference any more, and the file need not grow.
    private const long Most = 1 << 16;

    /// <summary>Counts a run, on Linux on x86-64.</summary>
    /// <returns>The number of the run, which no other has; 0 when it was not counted.</returns>
    public static long Add(string folder, string name)
    {
        var file = Path.Combine(folder, name + Extension);
        if (FileStatus.Of(file) is { Size: >= Most }) return 0;
        int descriptor;
        fixed (byte* path = Encoding.UTF8.GetBytes(file + '\0'))
        {
            descriptor = Open(path, WriteOnly | Create | Append | DoNotFollow | CloseOnExec, OwnerOnly);
        }

        if (descriptor < 0) return 0;
        byte one = (byte)'.';
        var count = Write(descriptor, &one, 1) == 1 ? Seek(descriptor, 0, FromHere) : 0;
        _ = Close(descriptor);
        return Math.Max(count, 0);
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, byte* content, nuint count);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(int descriptor, long offset, int from);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
