namespace Coffer.EscapeTests.Archives;

/// <summary>Changes to an overlay stay in memory, whatever they are; each is allowed and on record, and the base is as it was.</summary>
internal static class Overlays
{
    public static void Writes(Scene scene) => Keeps(scene, guest =>
    {
        var file = guest.MustOpen("file");
        Assert.Equal(Errno.Success, guest.Write(file, "overwritten"));
        Assert.Equal(Errno.Success, guest.Call("fd_filestat_set_size", file, 3));
        Assert.Equal(Errno.Success, guest.OpenAt(3, "sub/file", out _, GuestCalls.Truncate));
        Assert.Equal(Errno.Success, guest.OpenAt(3, "sub/new", out _, GuestCalls.Create));
        Assert.Equal(Errno.Success, guest.SetTimes(3, "sub/deep", follow: true));
    });

    /// <summary>What is removed is hidden: its name must not be made in the base, nor what lies below it come back.</summary>
    public static void Removals(Scene scene) => Keeps(scene, guest =>
    {
        Assert.Equal(Errno.Success, guest.At("path_unlink_file", 3, "sub/deep/file"));
        Assert.Equal(Errno.Success, guest.At("path_remove_directory", 3, "sub/deep"));
        Assert.Equal(Errno.Success, guest.At("path_create_directory", 3, "sub/deep"));
        Assert.Equal(Errno.NotFound, guest.OpenAt(3, "sub/deep/file", out _));
        Assert.Equal(Errno.Success, guest.At("path_unlink_file", 3, "file"));
        Assert.Equal(Errno.NotFound, guest.Status(3, "file", follow: true));
    });

    public static void Renames(Scene scene) => Keeps(scene, guest =>
    {
        Assert.Equal(Errno.Success, guest.Rename(3, "sub", 3, "moved"));
        Assert.Equal(Errno.Success, guest.Rename(3, "moved/file", 3, "file"));
        Assert.Equal(Errno.Success, guest.HardLink(3, "file", 3, "moved/deep/file2"));
        Assert.Equal(Errno.Success, guest.Symlink("../../outside", 3, "moved/deep/link"));
        Assert.Equal(Errno.NotFound, guest.OpenAt(3, "sub/file", out _));
    });

    /// <summary>Names that other overlays use to say what is hidden are names.</summary>
    public static void MarksOfOthers(Scene scene)
    {
        scene.Put("granted/sub/.wh.file", "inside");
        scene.Put("granted/sub/.wh..wh..opq", "");
        var guest = scene.Start(scene.Data(source: DirectorySource.Overlay));
        Assert.Equal(Errno.Success, guest.OpenAt(3, ".wh.file", out _, GuestCalls.Create));
        Assert.Equal(Errno.Success, guest.Status(3, "file", follow: true));
        Assert.Equal(Errno.Success, guest.Status(3, "sub/file", follow: true));
        Assert.False(Path.Exists(scene.Host("granted/.wh.file")));
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    /// <summary>The first change copies the file; one that is larger than the copy may be is not begun.</summary>
    public static void LargeBase(Scene scene)
    {
        using (var large = File.Create(scene.Host("granted/large"))) large.SetLength(64L << 30);
        var guest = scene.Start(scene.Data(source: DirectorySource.Overlay));
        var file = guest.MustOpen("large");
        guest.Store.SetDeadline(TimeSpan.FromSeconds(10));
        Assert.Equal(Errno.NoSpace, guest.Write(file, "x"));
        Assert.Equal(Errno.NoSpace, guest.Call("fd_filestat_set_size", file, 65L << 30));
        Assert.Equal(Errno.Success, guest.Call("fd_filestat_set_size", file, 3));
        Assert.Equal(64L << 30, new FileInfo(scene.Host("granted/large")).Length);
        scene.Trail.Unasked("fd_write");
        File.Delete(scene.Host("granted/large"));
    }

    private static void Keeps(Scene scene, Action<AbiGuest> change)
    {
        change(scene.Start(scene.Data(source: DirectorySource.Overlay)));
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
        Assert.Equal("inside sub", File.ReadAllText(scene.Host("granted/sub/file")));
        Assert.Equal("inside deep", File.ReadAllText(scene.Host("granted/sub/deep/file")));
        Assert.Equal(5, Directory.EnumerateFileSystemEntries(scene.Granted, "*", SearchOption.AllDirectories).Count());
        Assert.True(Directory.GetLastWriteTimeUtc(scene.Host("granted/sub/deep")).Year > 1970);
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }
}
