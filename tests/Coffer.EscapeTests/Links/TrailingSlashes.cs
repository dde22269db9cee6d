namespace Coffer.EscapeTests.Links;

/// <summary>A slash at the end makes systems follow a link where they would not: the way out of two runtimes in 2026.</summary>
internal static class TrailingSlashes
{
    private const long Reading = 1 << 1, Writing = 1 << 6;

    public static void Open(Scene scene) => Each(scene, (guest, path) =>
    {
        Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, path, out _, rights: Reading));
        scene.Trail.Denied("path_open", $"/data/{path}");
        Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, path, out _, GuestCalls.Folder, Reading, lookup: 0));
        scene.Trail.Denied("path_open", $"/data/{path}");
    });

    public static void Status(Scene scene) => Each(scene, (guest, path) =>
    {
        Assert.Equal(Errno.Permission, guest.Status(GuestCalls.Data, path, follow: false));
        scene.Trail.Denied("path_filestat_get", $"/data/{path}");
        Assert.Equal(Errno.Permission, guest.SetTimes(GuestCalls.Data, path, follow: false));
        scene.Trail.Denied("path_filestat_set_times", $"/data/{path}");
    });

    public static void Unlink(Scene scene) => Refuse(scene, "path_unlink_file", (guest, path) => guest.At("path_unlink_file", GuestCalls.Data, path));

    public static void RemoveDirectory(Scene scene) =>
        Refuse(scene, "path_remove_directory", (guest, path) => guest.At("path_remove_directory", GuestCalls.Data, path));

    public static void CreateDirectory(Scene scene) =>
        Refuse(scene, "path_create_directory", (guest, path) => guest.At("path_create_directory", GuestCalls.Data, path));

    public static void Symlink(Scene scene) => Refuse(scene, "path_symlink", (guest, path) => guest.Symlink("file", GuestCalls.Data, path));

    public static void ReadLink(Scene scene) => Refuse(scene, "path_readlink", (guest, path) => guest.ReadLink(GuestCalls.Data, path));

    public static void RenameFrom(Scene scene) =>
        Refuse(scene, "path_rename", (guest, path) => guest.Rename(GuestCalls.Data, path, GuestCalls.Data, "stolen"));

    public static void RenameTo(Scene scene) =>
        Refuse(scene, "path_rename", (guest, path) => guest.Rename(GuestCalls.Data, "file", GuestCalls.Data, path));

    public static void HardLinkFrom(Scene scene) =>
        Refuse(scene, "path_link", (guest, path) => guest.HardLink(GuestCalls.Data, path, GuestCalls.Data, "stolen"));

    public static void HardLinkTo(Scene scene) =>
        Refuse(scene, "path_link", (guest, path) => guest.HardLink(GuestCalls.Data, "file", GuestCalls.Data, path));

    /// <summary>A file is none the more a directory for it, and nothing is made of the name without the slash.</summary>
    public static void OfAFile(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.NotDirectory, guest.OpenAt(GuestCalls.Data, "file/", out _, rights: Reading));
            scene.Trail.Ended("path_open", "/data/file/", Errno.NotDirectory);
            Assert.NotEqual(Errno.Success, guest.OpenAt(GuestCalls.Data, "new/", out _, GuestCalls.Create, Writing));
            Assert.NotEqual(Errno.Success, guest.At("path_unlink_file", GuestCalls.Data, "file/"));
            Assert.NotEqual(Errno.Success, guest.Rename(GuestCalls.Data, "file/", GuestCalls.Data, "stolen"));
            Assert.NotEqual(Errno.Success, guest.Rename(GuestCalls.Data, "file", GuestCalls.Data, "stolen/"));
            Assert.NotEqual(Errno.Success, guest.HardLink(GuestCalls.Data, "file/", GuestCalls.Data, "stolen"));
            Assert.NotEqual(Errno.Success, guest.Symlink("file", GuestCalls.Data, "new/"));
            Assert.Equal([".", "..", "file", "sub"], [.. guest.List(GuestCalls.Data).Order(StringComparer.Ordinal)]);
        }
    }

    // The error depends on the function; what counts is that the link is neither followed nor gone.
    private static void Refuse(Scene scene, string operation, Func<AbiGuest, string, Errno> attempt) => Each(scene, (guest, path) =>
    {
        var error = attempt(guest, path);
        Assert.NotEqual(Errno.Success, error);
        if (error == Errno.Permission) scene.Trail.Denied(operation, $"/data/{path}");
        else scene.Trail.Ended(operation, $"/data/{path}", error);
        Assert.Equal(Errno.Success, guest.Status(GuestCalls.Data, path.TrimEnd('/'), follow: false));
        Assert.Equal([(byte)FileType.SymbolicLink], guest.Memory.ReadBytes(1016, 1));
    });

    private static void Each(Scene scene, Action<AbiGuest, string> attempt)
    {
        scene.Link("granted/folder", "../outside/folder");
        scene.Link("granted/secret", "../outside/secret");
        scene.Link("granted/nothing", "../outside/new");
        foreach (var guest in scene.EachSource())
        {
            foreach (var path in new[] { "folder/", "folder//", "secret/", "nothing/" }) attempt(guest, path);
        }
    }
}
