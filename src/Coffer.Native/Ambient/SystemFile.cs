using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Native.Ambient;

/// <summary>
/// Reads files by the calls of the system, on Linux: the platform's handles and streams take longer to be loaded than a
/// module to be read.
/// </summary>
internal static unsafe partial class SystemFile
{
    private const int CurrentFolder = -100, EmptyPath = 0x1000, NoFollow = 0x100, CloseOnExec = 0x80000;
    private const uint WantsTypeAndSize = 0x1 | 0x40 | 0x200;
    private const int FileTypeMask = 0xF000, RegularFile = 0x8000;

    private static readonly int DoNotFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private static readonly bool IsSupported =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>
    /// The bytes of a regular file that is no link; null when it is none, has more than is allowed or cannot be read: about that
    /// the platform's own way says more.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">How many bytes it may have.</param>
    /// <param name="followsLinks">Whether a link at the end of the path is followed.</param>
    /// <param name="modified">When it was written last, in seconds since 1970.</param>
    public static byte[]? TryRead(string path, long mostBytes, bool followsLinks, out long modified) =>
        TryRead(path, mostBytes, followsLinks, null, out _, out modified);

    /// <summary>The same, into a buffer that there is already when that is long enough: then it is what is returned.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">How many bytes it may have.</param>
    /// <param name="followsLinks">Whether a link at the end of the path is followed.</param>
    /// <param name="spare">The buffer; null for none.</param>
    /// <param name="length">How many bytes of what is returned are the file's.</param>
    /// <param name="modified">When it was written last, in seconds since 1970.</param>
    public static byte[]? TryRead(string path, long mostBytes, bool followsLinks, byte[]? spare, out int length, out long modified)
    {
        length = 0;
        modified = 0;
        var descriptor = Open(path, followsLinks);
        if (descriptor < 0) return null;
        try
        {
            return TryRead(descriptor, mostBytes, spare, out length, out modified);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>A part of a regular file that is no link; null when the file has no such part, or cannot be read so.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="bytes">How long it is.</param>
    public static byte[]? TryReadPart(string path, long offset, int bytes)
    {
        if (offset < 0 || bytes < 0) return null;
        var descriptor = Open(path, followsLinks: false);
        if (descriptor < 0) return null;
        try
        {
            var part = GC.AllocateUninitializedArray<byte>(bytes);
            fixed (byte* start = part)
            {
                for (nint done = 0; done < bytes;)
                {
                    var count = ReadAt(descriptor, start + done, (nuint)(bytes - done), offset + done);
                    if (count <= 0) return null;
                    done += count;
                }
            }

            return part;
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// The same for as long as the process lives, without memory of its own; no bytes when the file has no such part, or it cannot be
    /// mapped.
    /// </summary>
    /// <param name="path">The file. Must not be written again.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="bytes">How long it is.</param>
    public static MappedBytes TryMapPart(string path, long offset, int bytes)
    {
        if (offset < 0 || bytes <= 0) return default;
        var descriptor = Open(path, followsLinks: false);
        if (descriptor < 0) return default;
        try
        {
            // What lies beyond the end of a file can be mapped, and ends the process when it is read.
            var status = stackalloc byte[256];
            byte nothing = 0;
            if (Status(descriptor, &nothing, EmptyPath, WantsTypeAndSize, status) != 0 || *(long*)(status + 40) - bytes < offset) return default;
            return MappedBytes.Of(descriptor, offset, bytes);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // A regular file; negative when it is none, or cannot be opened.
    private static int Open(string path, bool followsLinks)
    {
        if (!IsSupported || path.AsSpan().Contains('\0')) return -1;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // First of all what it is: whoever opens a pipe and closes it again has ended what is at its other end.
            var status = stackalloc byte[256];
            if (Status(CurrentFolder, name, followsLinks ? 0 : NoFollow, WantsTypeAndSize, status) != 0 || !IsRegular(status)) return -1;
            return OpenAt(CurrentFolder, name, CloseOnExec | (followsLinks ? 0 : DoNotFollow), 0);
        }
    }

    private static bool IsRegular(byte* status) => (*(ushort*)(status + 28) & FileTypeMask) == RegularFile;

    // statx has one layout on all architectures: type at 28, size at 40, time of the last change of the content at 112.
    private static byte[]? TryRead(int descriptor, long mostBytes, byte[]? spare, out int length, out long modified)
    {
        length = 0;
        var status = stackalloc byte[256];
        byte nothing = 0;
        modified = 0;
        if (Status(descriptor, &nothing, EmptyPath, WantsTypeAndSize, status) != 0) return null;
        var size = *(long*)(status + 40);
        modified = *(long*)(status + 112);
        if (!IsRegular(status) || size <= 0 || size > Math.Min(mostBytes, Array.MaxLength)) return null;
        length = (int)size;
        var content = spare?.Length >= length ? spare : GC.AllocateUninitializedArray<byte>(length);
        fixed (byte* start = content)
        {
            for (nint done = 0; done < length;)
            {
                var count = Read(descriptor, start + done, (nuint)(length - done));
                if (count <= 0) return null;
                done += count;
            }
        }

        return content;
    }

    [LibraryImport("libc", EntryPoint = "openat")]
    private static partial int OpenAt(int folder, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Status(int folder, byte* path, int flags, uint wanted, byte* status);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "pread64")]
    private static partial nint ReadAt(int descriptor, byte* destination, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
