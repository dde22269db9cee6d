using System.Runtime.InteropServices;

namespace Coffer.Native.Ambient;

/// <summary>A part of a file as memory that can be read, and stays where it is for as long as the process lives; on Linux.</summary>
/// <param name="Address">Where it begins; 0 when there is none.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly partial record struct MappedBytes(nint Address, int Length)
{
    // At once, since a fault for each page takes longer than all else that is done with most of them.
    private const int Readable = 1, SharedNow = 0x1 | 0x8000;

    /// <summary>Maps a part of a file; no bytes when the system refuses. What lies beyond its end must not be read.</summary>
    public static MappedBytes Of(int descriptor, long offset, int length)
    {
        var before = (int)(offset % Environment.SystemPageSize);
        var start = MapMemory(0, (nuint)(before + (long)length), Readable, SharedNow, descriptor, offset - before);
        return start == -1 ? default : new MappedBytes(start + before, length);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int descriptor, long offset);
}
