namespace Coffer.EscapeTests.Links;

/// <summary>Further names of a file, which could be under a grant that allows more.</summary>
internal static class HardLinks
{
    /// <summary>A link to what a link leads to is asked for by a flag; without it the link itself gets another name.</summary>
    public static void OfALinkToOutside(Scene scene)
    {
        scene.Link("granted/link", "../outside/secret");
        var guest = scene.Start(scene.Data());

        Assert.Equal(Errno.Invalid, guest.HardLink(GuestCalls.Data, "link", GuestCalls.Data, "stolen", lookup: 1));
        scene.Trail.Unasked("path_link");
        Assert.Equal(Errno.Success, guest.HardLink(GuestCalls.Data, "link", GuestCalls.Data, "second"));
        Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "second", out _, rights: 1 << 1));
        scene.Trail.Denied("path_open", "/data/second");
    }

    /// <summary>From a grant that is read-only to one that is not: the second name could be written to.</summary>
    public static void OutOfAReadOnlyGrant(Scene scene)
    {
        var guest = WithWorkFolder(scene, DirectoryAccess.Read);

        Assert.Equal(Errno.ReadOnly, guest.HardLink(3, "file", 4, "stolen"));
        scene.Trail.Denied("path_link", "/data/file");
        AssertUnchanged(scene);
    }

    public static void IntoAReadOnlyGrant(Scene scene)
    {
        var guest = WithWorkFolder(scene, DirectoryAccess.Read);
        Assert.Equal(Errno.Success, guest.OpenAt(4, "new", out _, GuestCalls.Create));

        Assert.Equal(Errno.ReadOnly, guest.HardLink(4, "new", 3, "new"));
        scene.Trail.Denied("path_link", "/data/new");
        Assert.False(File.Exists(scene.Host("granted/new")));
    }

    /// <summary>Where files may be made and removed but not written to, a second name must not allow it.</summary>
    public static void OutOfAGrantWithoutWriting(Scene scene)
    {
        var guest = WithWorkFolder(scene, DirectoryAccess.All & ~DirectoryAccess.Write);

        Assert.Equal(Errno.Access, guest.HardLink(3, "file", 4, "stolen"));
        scene.Trail.Denied("path_link", "/data/file");
        AssertUnchanged(scene);
    }

    /// <summary>
    /// The same by moving: the file would go on existing by another name that it has outside, and change there.
    /// </summary>
    public static void MovedOutOfAGrantWithoutWriting(Scene scene)
    {
        File.WriteAllText(scene.Host("outside/shared"), "shared");
        Assert.Equal(0, HostSystem.Link(scene.Host("outside/shared"), scene.Host("granted/shared")));
        scene.Remember();
        var guest = WithWorkFolder(scene, DirectoryAccess.All & ~DirectoryAccess.Write);

        Assert.Equal(Errno.Access, guest.Rename(3, "shared", 4, "stolen"));
        scene.Trail.Denied("path_rename", "/data/shared");
        Assert.Equal(Errno.Access, guest.Rename(3, "sub", 4, "stolen"));
        scene.Trail.Denied("path_rename", "/data/sub");
        AssertUnchanged(scene);
    }

    /// <summary>Times are changed by a right of their own.</summary>
    public static void MovedOutOfAGrantWithoutTimes(Scene scene)
    {
        var guest = WithWorkFolder(scene, DirectoryAccess.All & ~DirectoryAccess.Metadata);

        Assert.Equal(Errno.Access, guest.Rename(3, "file", 4, "stolen"));
        scene.Trail.Denied("path_rename", "/data/file");
        AssertUnchanged(scene);
    }

    // A second grant, of a folder where everything is allowed.
    private static AbiGuest WithWorkFolder(Scene scene, DirectoryAccess access)
    {
        var work = scene.Own(new TemporaryDirectory());
        return scene.Start(scene.Data(access), new DirectoryGrant(work.Path, "/work"));
    }

    private static void AssertUnchanged(Scene scene)
    {
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
        Assert.Equal("inside sub", File.ReadAllText(scene.Host("granted/sub/file")));
    }
}
