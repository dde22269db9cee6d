namespace Coffer.EscapeTests.Paths;

/// <summary>The granted directory itself, what has nearly its name, and what lies on the way to it.</summary>
internal static class Roots
{
    private const long Reading = 1 << 1;

    /// <summary>The root cannot be taken away from the host by the names it has for itself.</summary>
    public static void Dots(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        foreach (var path in new[] { ".", "./", "././.", "sub/..", "sub/../." })
        {
            foreach (var function in new[] { "path_unlink_file", "path_remove_directory", "path_create_directory" })
            {
                var error = guest.At(function, GuestCalls.Data, path);
                Assert.NotEqual(Errno.Success, error);
                scene.Trail.Ended(function, $"/data/{path}", error);
            }

            Assert.NotEqual(Errno.Success, guest.Rename(GuestCalls.Data, path, GuestCalls.Data, "moved"));
            Assert.NotEqual(Errno.Success, guest.Rename(GuestCalls.Data, "sub", GuestCalls.Data, path));
            Assert.NotEqual(Errno.Success, guest.HardLink(GuestCalls.Data, path, GuestCalls.Data, "moved"));
        }

        Assert.True(File.Exists(scene.Host("granted/sub/file")));
    }

    /// <summary>Beside the folder of the grant there is one whose name begins like it, on both sides.</summary>
    public static void Siblings(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        EveryPathFunction.IsDenied(scene, guest, "../granted-2/secret");
        // Descriptor 4 is the root, where libraries look for what no granted directory holds.
        Assert.Equal(Errno.NotFound, guest.OpenAt(4, "data-2/secret", out _, rights: Reading));
        Assert.Equal("--dir /data-2:ro", scene.Trail.Denied("path_open", "/data-2/secret").Remedy);
        Assert.Equal(Errno.NotFound, guest.OpenAt(4, "dat", out _, rights: Reading));
        scene.Trail.Denied("path_open", "/dat");
    }

    /// <summary>Of two grants, one within the other, each counts for its own descriptor: none lends its access.</summary>
    public static void Nested(Scene scene)
    {
        var guest = scene.Start(
            scene.Data(DirectoryAccess.Read),
            new DirectoryGrant(scene.Host("granted/sub/deep"), "/data/sub/deep"));

        Assert.Equal(Errno.ReadOnly, guest.OpenAt(3, "sub/deep/new", out _, GuestCalls.Create));
        scene.Trail.Denied("path_open", "/data/sub/deep/new");
        Assert.Equal(Errno.Success, guest.OpenAt(4, "new", out _, GuestCalls.Create));
        Assert.Equal(Errno.Permission, guest.OpenAt(4, "../new", out _, GuestCalls.Create));
        scene.Trail.Denied("path_open", "/data/sub/deep/../new");
        Assert.False(File.Exists(scene.Host("granted/sub/new")));
    }

    /// <summary>What was not granted is not there, and the trail says what would grant it.</summary>
    public static void NotGranted(Scene scene)
    {
        var guest = scene.Start();
        foreach (var path in new[] { "etc/passwd", "proc/self/environ", "home", "data/file" })
        {
            Assert.Equal(Errno.NotFound, guest.OpenAt(3, path, out _, rights: Reading));
            Assert.Contains("--dir", scene.Trail.Denied("path_open", "/" + path).Remedy, StringComparison.Ordinal);
            Assert.Equal(Errno.NotFound, guest.Status(3, path, follow: true));
            scene.Trail.Denied("path_filestat_get", "/" + path);
        }

        Assert.Equal(Errno.Permission, guest.OpenAt(3, "../etc/passwd", out _, rights: Reading));
        scene.Trail.Denied("path_open", "/../etc/passwd");
        Assert.Equal([".", ".."], guest.List(3));
    }

    /// <summary>The root only shows the way: nothing on it can be changed, not even where all access was granted.</summary>
    public static void OnTheWay(Scene scene)
    {
        var guest = scene.Start(scene.Data(guest: "/deep/data"));
        const int root = 4;
        Assert.Equal([".", "..", "deep"], guest.List(root));

        Assert.NotEqual(Errno.Success, guest.At("path_create_directory", root, "deep/new"));
        scene.Trail.Denied("path_create_directory", "/deep/new");
        Assert.NotEqual(Errno.Success, guest.At("path_remove_directory", root, "deep/data"));
        scene.Trail.Denied("path_remove_directory", "/deep/data");
        Assert.NotEqual(Errno.Success, guest.Rename(root, "deep/data", root, "deep/moved"));
        scene.Trail.Denied("path_rename", "/deep/data");
        Assert.NotEqual(Errno.Success, guest.Symlink("data", root, "deep/link"));
        scene.Trail.Denied("path_symlink", "/deep/link");
        Assert.NotEqual(Errno.Success, guest.OpenAt(root, "deep/data/file", out _, rights: Reading));
        scene.Trail.Denied("path_open", "/deep/data/file");
    }
}
