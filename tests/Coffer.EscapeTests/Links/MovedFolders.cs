namespace Coffer.EscapeTests.Links;

/// <summary>Folders that are moved while a guest has them open.</summary>
internal static class MovedFolders
{
    /// <summary>The host moves an opened folder beside its secret; the guest climbs from where it is.</summary>
    public static void OutOfTheGrant(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var folder = guest.MustOpen("sub/deep", GuestCalls.Folder);
        Directory.Move(scene.Host("granted/sub/deep"), scene.Host("outside/deep"));
        scene.Remember();

        Assert.Equal(Errno.Permission, guest.OpenAt(folder, "../secret", out _, rights: 1 << 1));
        scene.Trail.Denied("path_open", "/data/sub/deep/../secret");
        Assert.Equal(Errno.Permission, guest.Rename(folder, "file", folder, "../file"));
        scene.Trail.Denied("path_rename", "/data/sub/deep/../file");
        Assert.Equal(Errno.NotFound, guest.OpenAt(GuestCalls.Data, "sub/deep/file", out _));
        scene.Trail.Ended("path_open", "/data/sub/deep/file", Errno.NotFound);
    }

    /// <summary>The guest itself moves the folder it has open, and makes another in its place.</summary>
    public static void ByTheGuest(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            var folder = guest.MustOpen("sub/deep", GuestCalls.Folder);
            Assert.Equal(Errno.Success, guest.Rename(GuestCalls.Data, "sub/deep", GuestCalls.Data, "top"));
            Assert.Equal(Errno.Success, guest.Symlink("../../outside", GuestCalls.Data, "sub/deep"));

            Assert.Equal(Errno.Permission, guest.OpenAt(folder, "../file", out _, rights: 1 << 1));
            scene.Trail.Denied("path_open", "/data/sub/deep/../file");
            Assert.Equal(Errno.Success, guest.OpenAt(folder, "file", out _, rights: 1 << 1));
            Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "sub/deep/secret", out _, rights: 1 << 1));
            scene.Trail.Denied("path_open", "/data/sub/deep/secret");
            Assert.Equal(Errno.Success, guest.At("path_unlink_file", GuestCalls.Data, "sub/deep"));
            Assert.Equal(Errno.Success, guest.Rename(GuestCalls.Data, "top", GuestCalls.Data, "sub/deep"));
        }
    }

    /// <summary>A folder that is gone stays the root of what the guest has opened through it: it is just empty.</summary>
    public static void Removed(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Success, guest.At("path_create_directory", GuestCalls.Data, "gone"));
            var folder = guest.MustOpen("gone", GuestCalls.Folder);
            Assert.Equal(Errno.Success, guest.At("path_remove_directory", GuestCalls.Data, "gone"));

            Assert.Equal(Errno.NotFound, guest.OpenAt(folder, "new", out _, GuestCalls.Create));
            scene.Trail.Ended("path_open", "/data/gone/new", Errno.NotFound);
            Assert.Equal(Errno.NotFound, guest.At("path_create_directory", folder, "new"));
            Assert.Equal(Errno.Permission, guest.OpenAt(folder, "../file", out _, rights: 1 << 1));
            scene.Trail.Denied("path_open", "/data/gone/../file");
        }
    }

    /// <summary>The host puts a link to elsewhere where the granted folder was: what was granted is the folder.</summary>
    public static void TheGrantItself(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        Directory.Move(scene.Granted, scene.Host("outside/moved"));
        Directory.CreateSymbolicLink(scene.Granted, scene.Host("outside"));
        try
        {
            Assert.Equal(Errno.NotFound, guest.OpenAt(GuestCalls.Data, "secret", out _, rights: 1 << 1));
            scene.Trail.Ended("path_open", "/data/secret", Errno.NotFound);
            Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "../secret", out _, rights: 1 << 1));
            scene.Trail.Denied("path_open", "/data/../secret");
            Assert.Equal(Errno.Success, guest.OpenAt(GuestCalls.Data, "file", out _, rights: 1 << 1));
        }
        finally
        {
            File.Delete(scene.Granted);
            Directory.Move(scene.Host("outside/moved"), scene.Granted);
            scene.Remember();
        }
    }

    /// <summary>A folder put into itself would be out of every tree.</summary>
    public static void IntoItself(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Invalid, guest.Rename(GuestCalls.Data, "sub", GuestCalls.Data, "sub/deep/sub"));
            scene.Trail.Ended("path_rename", "/data/sub", Errno.Invalid);
            Assert.Equal(Errno.Success, guest.Status(GuestCalls.Data, "sub/deep/file", follow: true));
        }
    }

    /// <summary>Between two grants files are not moved where one of them may lose none, or the other get none.</summary>
    public static void BetweenGrants(Scene scene)
    {
        var work = scene.Own(new TemporaryDirectory());
        File.WriteAllText(work["own"], "own");
        var guest = scene.Start(scene.Data(DirectoryAccess.Read), new DirectoryGrant(work.Path, "/work"));

        Assert.Equal(Errno.ReadOnly, guest.Rename(3, "file", 4, "stolen"));
        scene.Trail.Denied("path_rename", "/data/file");
        Assert.Equal(Errno.ReadOnly, guest.Rename(4, "own", 3, "given"));
        scene.Trail.Denied("path_rename", "/data/given");
        Assert.Equal(Errno.ReadOnly, guest.Rename(4, "own", 3, "file"));
        scene.Trail.Denied("path_rename", "/data/file");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
        Assert.True(File.Exists(work["own"]));
    }
}
