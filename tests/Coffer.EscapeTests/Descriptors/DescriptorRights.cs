using Coffer.Wasi.Preview1;

namespace Coffer.EscapeTests.Descriptors;

/// <summary>The rights of descriptors, which can be given up and not be had again. They use a handle that is open, so the trail has nothing of them.</summary>
internal static class DescriptorRights
{
    public static void Raised(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file", rights: (long)Rights.FdRead);
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", file, (long)(Rights.FdRead | Rights.FdWrite), 0));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", file, -1, 0));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", file, 0, -1));
        Assert.Equal(Errno.NotCapable, guest.Write(file, "overwritten"));
        scene.Trail.Unasked("fd_write");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }

    public static void GivenUp(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var all = guest.Call("fd_fdstat_get", 3, 1000) == Errno.Success ? guest.Memory.Read<ulong>(1008) : 0;
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_rights", 3, (long)Rights.PathOpen, (long)Rights.FdRead));

        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", 3, (long)all, (long)Rights.FdRead));
        Assert.Equal(Errno.NotCapable, guest.At("path_unlink_file", 3, "file"));
        Assert.Equal(Errno.NotCapable, guest.OpenAt(3, "new", out _, GuestCalls.Create));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_readdir", 3, 20_000, 1000, 0, 900));
        scene.Trail.Unasked("path_unlink_file");
        Assert.True(File.Exists(scene.Host("granted/file")));
    }

    /// <summary>What is opened through a directory has no more than the directory passes on, at whatever depth.</summary>
    public static void Inherited(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        const long passedOn = (long)(Rights.FdRead | Rights.PathOpen | Rights.FdReaddir);
        var folder = guest.MustOpen("sub", GuestCalls.Folder, (long)Rights.PathOpen, passedOn);
        Assert.Equal(Errno.Success, guest.OpenAt(folder, "deep", out var deep, GuestCalls.Folder, (long)Rights.PathOpen));
        Assert.Equal(Errno.Success, guest.OpenAt(deep, "file", out var file));

        guest.Call("fd_fdstat_get", file, 1000);
        Assert.Equal((ulong)Rights.FdRead, guest.Memory.Read<ulong>(1008));
        Assert.Equal(Errno.NotCapable, guest.Write(file, "overwritten"));
        Assert.Equal(Errno.NotCapable, guest.At("path_unlink_file", deep, "file"));
        scene.Trail.Unasked("path_unlink_file");
        Assert.Equal("inside deep", File.ReadAllText(scene.Host("granted/sub/deep/file")));
    }

    /// <summary>Rights that a descriptor never has are not made up for it by asking for all.</summary>
    public static void OfTheWrongKind(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        var folder = guest.MustOpen("sub", GuestCalls.Folder);
        Assert.Equal(Errno.NotDirectory, guest.OpenAt(file, "x", out _));
        Assert.Equal(Errno.NotDirectory, guest.Status(file, ".", follow: true));
        Assert.Equal(Errno.NotDirectory, guest.Call("fd_readdir", file, 20_000, 1000, 0, 900));
        Assert.Equal(Errno.BadDescriptor, guest.Read(folder, out _));
        Assert.Equal(Errno.BadDescriptor, guest.Write(folder, "x"));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_seek", folder, 0, 0, 900));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_filestat_set_size", folder, 0));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", folder, 1000));
        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_dir_name", folder, 1000, 100));
        scene.Trail.Unasked("fd_readdir");
    }
}
