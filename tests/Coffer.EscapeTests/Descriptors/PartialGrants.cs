namespace Coffer.EscapeTests.Descriptors;

/// <summary>Grants of some access and not of other.</summary>
internal static class PartialGrants
{
    private const long Reading = 1 << 1, Writing = 1 << 6;

    /// <summary>A folder to put files into: nothing of what is there is shown, not even that it is there.</summary>
    public static void DropBox(Scene scene)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.Create | DirectoryAccess.Write));
        Assert.Equal(Errno.Access, guest.OpenAt(3, "file", out _, rights: Reading));
        scene.Trail.Denied("path_open", "/data/file");
        Assert.Equal(Errno.Access, guest.Status(3, "file", follow: true));
        scene.Trail.Denied("path_filestat_get", "/data/file");
        Assert.Equal(Errno.Access, guest.Call("fd_readdir", 3, 20_000, 1000, 0, 900));
        scene.Trail.Denied("fd_readdir", "/data");
        Assert.Equal(Errno.Access, guest.Call("fd_readdir", 3, 20_000, 1000, 77, 900));
        scene.Trail.Denied("fd_readdir", "/data");
        Assert.Equal(Errno.Access, guest.Call("fd_filestat_get", 3, 1000));
        scene.Trail.Denied("fd_filestat_get", "/data");
        Assert.Equal(Errno.Access, guest.ReadLink(3, "file"));
        scene.Trail.Denied("path_readlink", "/data/file");
        Assert.Equal(Errno.Access, guest.HardLink(3, "file", 3, "copy"));
        scene.Trail.Denied("path_link", "/data/file");
    }

    public static void WithoutDelete(Scene scene)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.All & ~DirectoryAccess.Delete));
        Assert.Equal(Errno.Access, guest.At("path_unlink_file", 3, "file"));
        scene.Trail.Denied("path_unlink_file", "/data/file");
        Assert.Equal(Errno.Access, guest.At("path_remove_directory", 3, "sub/deep"));
        scene.Trail.Denied("path_remove_directory", "/data/sub/deep");
        Assert.Equal(Errno.Access, guest.Rename(3, "sub/file", 3, "file"));
        scene.Trail.Denied("path_rename", "/data/sub/file");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }

    public static void WithoutCreate(Scene scene)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.All & ~DirectoryAccess.Create));
        Assert.Equal(Errno.Access, guest.OpenAt(3, "new", out _, GuestCalls.Create, Writing));
        scene.Trail.Denied("path_open", "/data/new");
        Assert.Equal(Errno.Access, guest.At("path_create_directory", 3, "new"));
        scene.Trail.Denied("path_create_directory", "/data/new");
        Assert.Equal(Errno.Access, guest.Symlink("file", 3, "new"));
        scene.Trail.Denied("path_symlink", "/data/new");
        Assert.Equal(Errno.Access, guest.HardLink(3, "file", 3, "new"));
        scene.Trail.Denied("path_link", "/data/new");
        Assert.Equal(Errno.Access, guest.Rename(3, "file", 3, "new"));
        scene.Trail.Denied("path_rename", "/data/new");
        Assert.False(Path.Exists(scene.Host("granted/new")));
    }

    /// <summary>What is made is opened to be written to, which making alone does not allow.</summary>
    public static void WithoutWrite(Scene scene)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.All & ~DirectoryAccess.Write));
        foreach (var (path, flags) in new[] { ("file", 0), ("file", GuestCalls.Truncate), ("new", GuestCalls.Create) })
        {
            Assert.Equal(Errno.Access, guest.OpenAt(3, path, out _, flags, Writing));
            scene.Trail.Denied("path_open", $"/data/{path}");
        }

        var made = guest.MustOpen("new", GuestCalls.Create, Reading);
        Assert.Equal(Errno.NotCapable, guest.Write(made, "x"));
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }

    /// <summary>A file that is granted by itself: its neighbours are not there, and it is not what a link says later.</summary>
    public static void SingleFile(Scene scene)
    {
        var grant = new FileGrant(scene.Host("granted/file"), "/etc/app");
        var guest = scene.Start(grant);
        Assert.Equal(Errno.NotFound, guest.OpenAt(3, "etc/sub/file", out _, rights: Reading));
        scene.Trail.Denied("path_open", "/etc/sub/file");
        Assert.NotEqual(Errno.Success, guest.OpenAt(3, "etc/app", out _, rights: Reading | Writing));
        scene.Trail.Denied("path_open", "/etc/app");
        Assert.NotEqual(Errno.Success, guest.At("path_unlink_file", 3, "etc/app"));
        scene.Trail.Denied("path_unlink_file", "/etc/app");

        File.Delete(scene.Host("granted/file"));
        scene.Link("granted/file", "../outside/secret");
        Assert.Equal(Errno.Loop, guest.OpenAt(3, "etc/app", out _, rights: Reading));
        scene.Trail.Ended("path_open", "/etc/app", Errno.Loop);
    }

    /// <summary>The process may read whatever the system lets it; that is no access of the guest.</summary>
    public static void WhatOnlyTheHostMay(Scene scene)
    {
        var mode = File.GetUnixFileMode(scene.Host("outside/secret"));
        File.SetUnixFileMode(scene.Host("outside/secret"), UnixFileMode.None);
        scene.Link("granted/link", "../outside/secret");
        var guest = scene.Start(scene.Data(DirectoryAccess.Read));

        // Who is root reads it in spite of its mode: what holds the guest is not the system's refusal.
        if (HostSystem.User() == 0) Assert.Equal(Scene.Canary, File.ReadAllText(scene.Host("outside/secret")));
        foreach (var path in new[] { "link", "../outside/secret" })
        {
            Assert.Equal(Errno.Permission, guest.OpenAt(3, path, out _, rights: Reading));
            scene.Trail.Denied("path_open", $"/data/{path}");
            Assert.Equal(Errno.ReadOnly, guest.OpenAt(3, path, out _, GuestCalls.Truncate, Writing));
            scene.Trail.Denied("path_open", $"/data/{path}");
        }

        File.SetUnixFileMode(scene.Host("outside/secret"), mode);
    }
}
