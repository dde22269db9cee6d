namespace Coffer.EscapeTests.Descriptors;

/// <summary>Everything that changes something, where only reading was granted. One of them has been forgotten elsewhere, more than once.</summary>
internal static class ReadOnlyGrants
{
    private const long Reading = 1 << 1, Writing = 1 << 6;
    private const int Append = 1;

    public static void Truncate(Scene scene) => RefuseOpen(scene, "file", GuestCalls.Truncate, Reading, "write");

    public static void Create(Scene scene) => RefuseOpen(scene, "new", GuestCalls.Create, Reading, "create");

    public static void CreateExclusive(Scene scene) => RefuseOpen(scene, "new", GuestCalls.Create | GuestCalls.Exclusive, Reading, "create");

    public static void CreateOfAFileThatIsThere(Scene scene) =>
        RefuseOpen(scene, "file", GuestCalls.Create | GuestCalls.Exclusive | GuestCalls.Truncate, Reading, "create");

    public static void OpenToWrite(Scene scene) => RefuseOpen(scene, "file", 0, Reading | Writing, "write");

    public static void OpenToAppend(Scene scene) => RefuseOpen(scene, "file", 0, Reading, "write", Append);

    /// <summary>Rights to allocate and to set a size are rights to write.</summary>
    public static void OpenToGrow(Scene scene)
    {
        RefuseOpen(scene, "file", 0, Reading | 1 << 8, "write");
        RefuseOpen(scene, "file", 0, Reading | 1 << 22, "write");
    }

    public static void Unlink(Scene scene) => Refuse(scene, "path_unlink_file", "file", (guest, path) => guest.At("path_unlink_file", 3, path));

    public static void RemoveDirectory(Scene scene) =>
        Refuse(scene, "path_remove_directory", "sub", (guest, path) => guest.At("path_remove_directory", 3, path));

    public static void CreateDirectory(Scene scene) =>
        Refuse(scene, "path_create_directory", "new", (guest, path) => guest.At("path_create_directory", 3, path));

    public static void Symlink(Scene scene) => Refuse(scene, "path_symlink", "new", (guest, path) => guest.Symlink("file", 3, path));

    public static void Rename(Scene scene) => Refuse(scene, "path_rename", "file", (guest, path) => guest.Rename(3, path, 3, "new"));

    public static void HardLink(Scene scene) => Refuse(scene, "path_link", "new", (guest, path) => guest.HardLink(3, "file", 3, path));

    public static void SetTimes(Scene scene)
    {
        Refuse(scene, "path_filestat_set_times", "file", (guest, path) => guest.SetTimes(3, path, follow: true));
        Refuse(scene, "path_filestat_set_times", "sub", (guest, path) => guest.SetTimes(3, path, follow: false));
    }

    public static void SetTimesOfADescriptor(Scene scene)
    {
        foreach (var guest in ReadOnly(scene))
        {
            var file = guest.MustOpen("file", rights: Reading | 1 << 23);
            Assert.Equal(Errno.ReadOnly, guest.Call("fd_filestat_set_times", file, 1, 1, 5));
            Assert.Equal("metadata", scene.Trail.Denied("fd_filestat_set_times", "/data/file").Access);
            Assert.Equal(Errno.ReadOnly, guest.Call("fd_filestat_set_times", GuestCalls.Data, 1, 1, 5));
            scene.Trail.Denied("fd_filestat_set_times", "/data");
        }
    }

    /// <summary>Through a descriptor that was opened for reading, with whatever the guest asks of it.</summary>
    public static void ThroughADescriptor(Scene scene)
    {
        foreach (var guest in ReadOnly(scene))
        {
            var file = guest.MustOpen("file", rights: Reading | 1 << 2);
            Assert.Equal(Errno.NotCapable, guest.Write(file, "overwritten"));
            Assert.Equal(Errno.NotCapable, guest.Call("fd_pwrite", file, 800, 1, 0, 900));
            Assert.Equal(Errno.NotCapable, guest.Call("fd_filestat_set_size", file, 0));
            Assert.Equal(Errno.NotCapable, guest.Call("fd_allocate", file, 0, 1000));
            Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", file, -1, -1));
        }

        scene.Trail.Unasked("fd_write");
        scene.Trail.Unasked("fd_filestat_set_size");
        AssertUnchanged(scene);
    }

    private static void RefuseOpen(Scene scene, string path, int flags, long rights, string access, int descriptorFlags = 0)
    {
        foreach (var guest in ReadOnly(scene))
        {
            Assert.Equal(Errno.ReadOnly, guest.OpenAt(GuestCalls.Data, path, out var number, flags, rights, descriptorFlags: descriptorFlags));
            Assert.Equal(-1, number);
            Assert.Contains(access, scene.Trail.Denied("path_open", $"/data/{path}").Access, StringComparison.Ordinal);
        }

        AssertUnchanged(scene);
    }

    private static void Refuse(Scene scene, string operation, string path, Func<AbiGuest, string, Errno> attempt)
    {
        foreach (var guest in ReadOnly(scene))
        {
            Assert.Equal(Errno.ReadOnly, attempt(guest, path));
            var denied = scene.Trail.Denied(operation, $"/data/{path}");
            Assert.StartsWith("--dir ", denied.Remedy, StringComparison.Ordinal);
            Assert.Matches(":(overlay,)?ro$", denied.Rule);
        }

        AssertUnchanged(scene);
    }

    private static IEnumerable<AbiGuest> ReadOnly(Scene scene) =>
        new[] { scene.Data(DirectoryAccess.Read), scene.Data(DirectoryAccess.Read, DirectorySource.Overlay) }
            .Select(grant => scene.Start(grant with { HostPath = scene.Granted }));

    private static void AssertUnchanged(Scene scene)
    {
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(scene.Granted).Count());
        Assert.True(File.GetLastWriteTimeUtc(scene.Host("granted/file")).Year > 1970);
    }
}
