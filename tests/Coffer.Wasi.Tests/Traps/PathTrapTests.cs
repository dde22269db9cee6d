using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi.Tests.Preview1;

namespace Coffer.Wasi.Tests.Traps;

/// <summary>Paths that lead out, slashes behind names, and links, in every kind of directory.</summary>
public sealed class PathTrapTests : IDisposable
{
    private const int Create = 1, Directory = 2, Follow = 1;
    private const int First = 1000, Second = 6000;
    private const long Read = 1 << 1;
    private readonly GuestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void AnyPath_LeadingOut_IsNotPermittedEvenBriefly(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        foreach (var path in new[]
        {
            "/file", "/", "/data/file", "..", "../granted/file", "folder/../../granted/file", "./..", "to-folder/../..",
            "folder//..//../outside", "escape/x",
        })
        {
            foreach (var function in new[]
            {
                "path_create_directory", "path_remove_directory", "path_unlink_file", "path_filestat_get", "path_open",
                "path_readlink", "path_filestat_set_times",
            })
            {
                Assert.Equal((function, path, Errno.Permission), (function, path, OnPath(guest, function, path)));
            }

            Assert.Equal(Errno.Permission, OnTwo(guest, "path_rename", "file", path));
            Assert.Equal(Errno.Permission, OnTwo(guest, "path_rename", path, "new"));
            Assert.Equal(Errno.Permission, OnTwo(guest, "path_link", "file", path));
            Assert.Equal(Errno.Permission, OnTwo(guest, "path_link", path, "new"));
        }
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Symlink_AbsoluteTarget_IsNotMade(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.Permission, Symlink(guest, "/etc/passwd", "new"));
        Assert.Equal(Errno.NotFound, OnPath(guest, "path_readlink", "new"));
        // A target that leads out is refused when it is followed: where the link will be is not known before.
        Assert.Equal(Errno.Success, Symlink(guest, "../../outside", "folder/new"));
        Assert.Equal(Errno.Permission, OnPath(guest, "path_open", "folder/new", Follow));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void SlashBehindAName_MeansADirectory(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_open", "file/"));
        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_filestat_get", "to-file/"));
        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_unlink_file", "file/"));
        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_unlink_file", "to-folder/"));
        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_unlink_file", "escape/"));
        Assert.Equal(Errno.IsDirectory, OnPath(guest, "path_unlink_file", "folder/"));
        Assert.Equal(Errno.NotDirectory, OnPath(guest, "path_remove_directory", "to-folder/"));
        Assert.Equal(Errno.NotDirectory, OnTwo(guest, "path_rename", "file/", "new"));
        Assert.Equal(Errno.NotDirectory, OnTwo(guest, "path_rename", "file", "new/"));
        Assert.Equal(Errno.NotDirectory, OnTwo(guest, "path_rename", "escape/", "new"));
        Assert.Equal(Errno.Exists, OnPath(guest, "path_create_directory", "to-folder/"));
        Assert.Equal(Errno.NotFound, Symlink(guest, "file", "new/"));
        Assert.Equal(Errno.Exists, Symlink(guest, "file", "folder/"));
        Assert.Equal(Errno.Success, OnPath(guest, "path_create_directory", "made/"));
        Assert.Equal(Errno.Success, OnTwo(guest, "path_rename", "made/", "moved/"));
        Assert.Equal(Errno.Success, OnPath(guest, "path_remove_directory", "moved/"));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Link_AtTheEnd_IsFollowedOnlyWhenTheGuestSaysSo(DirectorySource source, bool walks)
    {
        const byte file = 4, link = 7;
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.Success, OnPath(guest, "path_filestat_get", "to-file"));
        Assert.Equal(link, guest.Memory.Read<byte>(9016));
        Assert.Equal(Errno.Success, OnPath(guest, "path_filestat_get", "to-file", Follow));
        Assert.Equal(file, guest.Memory.Read<byte>(9016));
        Assert.Equal(Errno.Loop, OnPath(guest, "path_open", "to-file"));
        Assert.Equal(Errno.Success, OnPath(guest, "path_open", "to-file", Follow));
        Assert.Equal(Errno.NotDirectory, guest.Open("to-folder", Directory, out _, Read));
        // In the middle of a path there is nothing to say.
        Assert.Equal(Errno.Success, OnPath(guest, "path_filestat_get", "to-folder/../file"));
    }

    [Theory, MemberData(nameof(GuestFolder.Backings), MemberType = typeof(GuestFolder))]
    public void Link_LoopingOrDangling_HasItsOwnError(DirectorySource source, bool walks)
    {
        using var guest = folder.Start(source, walks);

        Assert.Equal(Errno.Loop, OnPath(guest, "path_open", "loop", Follow));
        Assert.Equal(Errno.Loop, OnPath(guest, "path_filestat_get", "loop/file"));
        Assert.Equal(Errno.NotFound, OnPath(guest, "path_open", "dangling", Follow));
        Assert.Equal(Errno.Permission, OnPath(guest, "path_filestat_get", "escape", Follow));
        Assert.Equal(Errno.Success, OnPath(guest, "path_filestat_get", "dangling"));
        // What a link points to is made there, unless it must not have been there.
        Assert.Equal(Errno.Exists, guest.Open("dangling", Create | 4, out _, 1 << 6));
        Assert.Equal(Errno.NotFound, OnPath(guest, "path_filestat_get", "missing"));
    }

    private static Errno OnPath(AbiGuest guest, string function, string path, int lookup = 0)
    {
        var length = guest.Put(First, path);
        return function switch
        {
            "path_filestat_get" => guest.Call(function, 3, lookup, First, length, 9000),
            "path_filestat_set_times" => guest.Call(function, 3, lookup, First, length, 0, 0, 0),
            "path_open" => guest.Call(function, 3, lookup, First, length, 0, Read, 0, 0, 900),
            "path_readlink" => guest.Call(function, 3, First, length, 9000, 100, 200),
            _ => guest.Call(function, 3, First, length),
        };
    }

    private static Errno OnTwo(AbiGuest guest, string function, string path, string newPath)
    {
        var (length, newLength) = (guest.Put(First, path), guest.Put(Second, newPath));
        return function == "path_link"
            ? guest.Call(function, 3, 0, First, length, 3, Second, newLength)
            : guest.Call(function, 3, First, length, 3, Second, newLength);
    }

    private static Errno Symlink(AbiGuest guest, string target, string path) =>
        guest.Call("path_symlink", First, guest.Put(First, target), 3, Second, guest.Put(Second, path));
}
