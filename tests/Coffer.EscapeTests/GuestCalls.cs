using System.Text;
using Coffer.Wasi.Preview1;

namespace Coffer.EscapeTests;

/// <summary>The functions that take paths or buffers, with those put into the guest's memory first.</summary>
internal static class GuestCalls
{
    /// <summary>The first directory that was granted.</summary>
    public const int Data = 3;

    public const int Create = 1, Folder = 2, Exclusive = 4, Truncate = 8;

    private const int First = 2000, Second = 8000, Result = 900, Buffers = 800, Bytes = 20_000, Room = 40_000;

    public static Errno OpenAt(
        this AbiGuest guest, int directory, string path, out int number, int flags = 0, long rights = -1, int lookup = 1,
        int descriptorFlags = 0, long inheriting = -1)
    {
        var length = guest.Put(First, path);
        guest.Memory.Write(Result, uint.MaxValue);
        var error = guest.Call(
            "path_open", directory, lookup, First, length, flags, rights, inheriting, descriptorFlags, Result);
        number = (int)guest.Memory.Read<uint>(Result);
        return error;
    }

    /// <summary>Opens what must be there to be attacked; by default with all rights that it can have.</summary>
    public static int MustOpen(this AbiGuest guest, string path, int flags = 0, long? rights = null, long inheriting = -1)
    {
        Assert.Equal(Errno.Success, guest.OpenAt(Data, path, out var number, flags, rights ?? RightsFor(flags), inheriting: inheriting));
        return number;
    }

    // A directory that is opened with rights to write is refused as one.
    private static long RightsFor(int flags) => (flags & Folder) != 0 ? ~(long)Rights.Writing : -1;

    public static Errno Status(this AbiGuest guest, int directory, string path, bool follow) =>
        guest.Call("path_filestat_get", directory, follow ? 1 : 0, First, guest.Put(First, path), 1000);

    public static Errno SetTimes(this AbiGuest guest, int directory, string path, bool follow) =>
        guest.Call("path_filestat_set_times", directory, follow ? 1 : 0, First, guest.Put(First, path), 1, 1, 5);

    public static Errno ReadLink(this AbiGuest guest, int directory, string path, int room = 1000) =>
        guest.Call("path_readlink", directory, First, guest.Put(First, path), 16_000, room, Result);

    /// <summary>A function that takes a path and nothing else.</summary>
    public static Errno At(this AbiGuest guest, string function, int directory, string path) =>
        guest.Call(function, directory, First, guest.Put(First, path));

    public static Errno Symlink(this AbiGuest guest, string target, int directory, string path) =>
        guest.Call("path_symlink", First, guest.Put(First, target), directory, Second, guest.Put(Second, path));

    public static Errno Rename(this AbiGuest guest, int directory, string path, int newDirectory, string newPath) => guest.Call(
        "path_rename", directory, First, guest.Put(First, path), newDirectory, Second, guest.Put(Second, newPath));

    public static Errno HardLink(
        this AbiGuest guest, int directory, string path, int newDirectory, string newPath, int lookup = 0) => guest.Call(
        "path_link", directory, lookup, First, guest.Put(First, path), newDirectory, Second, guest.Put(Second, newPath));

    public static Errno Write(this AbiGuest guest, int number, string text)
    {
        guest.PutBuffers(Buffers, Bytes, (uint)guest.Put(Bytes, text));
        return guest.Call("fd_write", number, Buffers, 1, Result);
    }

    public static Errno Read(this AbiGuest guest, int number, out string text)
    {
        guest.PutBuffers(Buffers, Bytes, Room);
        guest.Memory.Write(Result, 0U);
        var error = guest.Call("fd_read", number, Buffers, 1, Result);
        text = guest.Memory.ReadUtf8(Bytes, (int)guest.Memory.Read<uint>(Result));
        return error;
    }

    /// <summary>The names in a directory.</summary>
    public static string[] List(this AbiGuest guest, int number)
    {
        Assert.Equal(Errno.Success, guest.Call("fd_readdir", number, Bytes, Room, 0, Result));
        var entries = guest.Memory.ReadBytes(Bytes, (int)guest.Memory.Read<uint>(Result)).AsSpan();
        var names = new List<string>();
        while (entries.Length >= 24)
        {
            var length = BitConverter.ToInt32(entries[16..]);
            names.Add(Encoding.UTF8.GetString(entries.Slice(24, length)));
            entries = entries[(24 + length)..];
        }

        return [.. names];
    }
}
