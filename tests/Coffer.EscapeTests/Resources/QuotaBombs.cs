namespace Coffer.EscapeTests.Resources;

/// <summary>What a guest may use up of the host, by what it was granted.</summary>
internal static class QuotaBombs
{
    public static void Handles(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var opened = 0;
        Errno error;
        while ((error = guest.OpenAt(3, "file", out _, rights: 1 << 1)) == Errno.Success) opened++;
        Assert.Equal((Errno.DescriptorLimit, 1024 - 5), (error, opened));
        scene.Trail.Exceeded("handles");
        Assert.Equal(Errno.DescriptorLimit, guest.OpenAt(3, "new", out _, GuestCalls.Create));
        Assert.False(File.Exists(scene.Host("granted/new")));
    }

    /// <summary>Closing and moving must give back what they took, and no more.</summary>
    public static void HandlesByMoving(Scene scene)
    {
        var guest = scene.Start(scene.Options(scene.Data()) with { Quotas = Quotas.Default with { Handles = 8 } });
        for (var round = 0; round < 2000; round++)
        {
            var first = guest.MustOpen("file");
            var second = guest.MustOpen("file");
            Assert.Equal(Errno.Success, guest.Call("fd_renumber", second, first));
            Assert.Equal(Errno.BadDescriptor, guest.Call("fd_close", second));
            Assert.Equal(Errno.Success, guest.Call("fd_close", first));
        }

        for (var i = 0; i < 3; i++) guest.MustOpen("sub", GuestCalls.Folder);
        Assert.Equal(Errno.DescriptorLimit, guest.OpenAt(3, "file", out _));
        scene.Trail.Exceeded("handles");
        Assert.InRange(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), 0, 1000);
    }

    /// <summary>Files, directories and links count together, whatever makes them.</summary>
    public static void Files(Scene scene)
    {
        foreach (var source in new[] { DirectorySource.Host, DirectorySource.Overlay, DirectorySource.Memory })
        {
            var guest = scene.Start(scene.Options(scene.Data(source: source)) with { Quotas = Quotas.Default with { Files = 4 } });
            Assert.Equal(Errno.Success, guest.OpenAt(3, "a", out _, GuestCalls.Create));
            Assert.Equal(Errno.Success, guest.OpenAt(3, "a", out _, GuestCalls.Create));
            Assert.Equal(Errno.Exists, guest.At("path_create_directory", 3, "a"));
            Assert.Equal(Errno.Success, guest.At("path_create_directory", 3, "b"));
            Assert.Equal(Errno.Success, guest.Symlink("a", 3, "c"));
            Assert.Equal(Errno.Success, guest.HardLink(3, "a", 3, "d"));

            Assert.Equal(Errno.DiskQuota, guest.OpenAt(3, "e", out _, GuestCalls.Create));
            scene.Trail.Exceeded("files");
            scene.Trail.Ended("path_open", "/data/e", Errno.DiskQuota);
            Assert.Equal(Errno.DiskQuota, guest.OpenAt(3, "e", out _, GuestCalls.Create | GuestCalls.Exclusive));
            Assert.Equal(Errno.DiskQuota, guest.At("path_create_directory", 3, "e"));
            scene.Trail.Ended("path_create_directory", "/data/e", Errno.DiskQuota);
            Assert.Equal(Errno.DiskQuota, guest.Symlink("a", 3, "e"));
            Assert.Equal(Errno.DiskQuota, guest.HardLink(3, "a", 3, "e"));
            Assert.Equal(Errno.Success, guest.OpenAt(3, "a", out _, GuestCalls.Create));
            Assert.False(Path.Exists(scene.Host("granted/e")));
            foreach (var name in new[] { "a", "c", "d" }) guest.At("path_unlink_file", 3, name);
            guest.At("path_remove_directory", 3, "b");
        }
    }

    public static void FilesOfADirectory(Scene scene)
    {
        var guest = scene.Start(scene.Data() with { MaximumFiles = 3 });
        for (var i = 0; i < 3; i++) Assert.Equal(Errno.Success, guest.At("path_create_directory", 3, $"d{i}"));
        Assert.Equal(Errno.DiskQuota, guest.At("path_create_directory", 3, "d3"));
        scene.Trail.Ended("path_create_directory", "/data/d3", Errno.DiskQuota);
        Assert.Equal(Errno.DiskQuota, guest.OpenAt(3, "d3", out _, GuestCalls.Create));
        scene.Trail.Ended("path_open", "/data/d3", Errno.DiskQuota);
    }

    /// <summary>Bytes are charged before they are written, and growth counts as writing.</summary>
    public static void WrittenBytes(Scene scene)
    {
        var guest = scene.Start(scene.Options(scene.Data()) with { Quotas = Quotas.Default with { WrittenBytes = 10 } });
        var file = guest.MustOpen("new", GuestCalls.Create);
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_filestat_set_size", file, 1L << 40));
        scene.Trail.Exceeded("writtenBytes");
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_allocate", file, 0, 1L << 40));
        Assert.Equal(Errno.Success, guest.Write(file, "0123456789abcdef"));
        Assert.Equal(Errno.DiskQuota, guest.Write(file, "more"));
        Assert.Equal("0123456789", File.ReadAllText(scene.Host("granted/new")));
    }

    public static void BytesOfADirectory(Scene scene)
    {
        var guest = scene.Start(scene.Data() with { MaximumBytes = 100 });
        var file = guest.MustOpen("new", GuestCalls.Create);
        guest.PutBuffers(100, 5000, 8);
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_pwrite", file, 100, 1, 1 << 30, 900));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_allocate", file, 0, 1 << 30));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_filestat_set_size", file, 1 << 30));
        scene.Trail.Unasked("fd_pwrite");
        Assert.InRange(new FileInfo(scene.Host("granted/new")).Length, 0, 100);
    }

    /// <summary>A directory in memory takes memory of the host; what it holds has an end even when none was said.</summary>
    public static void MemoryOfADirectory(Scene scene)
    {
        var guest = scene.Start(scene.Data(source: DirectorySource.Memory));
        var file = guest.MustOpen("big", GuestCalls.Create);
        Assert.Equal(Errno.NoSpace, guest.Call("fd_filestat_set_size", file, 1L << 40));
        Assert.Equal(Errno.NoSpace, guest.Call("fd_allocate", file, 0, (64L << 20) + 1));
        guest.PutBuffers(100, 5000, 1);
        Assert.NotEqual(Errno.Success, guest.Call("fd_pwrite", file, 100, 1, 1L << 50, 900));
        Errno error;
        var made = 0;
        while ((error = guest.At("path_create_directory", 3, $"d{made}")) == Errno.Success) made++;
        Assert.Equal(Errno.NoSpace, error);
        Assert.InRange(made, 60_000, 65_536);
        scene.Trail.Ended("path_create_directory", $"/data/d{made}", Errno.NoSpace);
    }

    public static void Output(Scene scene)
    {
        var guest = scene.Start(scene.Options() with { Quotas = Quotas.Default with { OutputBytes = 1000 } });
        for (var i = 0; i < 10; i++) guest.Write(1 + i % 2, new string('x', 300));
        Assert.Equal(Errno.DiskQuota, guest.Write(1, "more"));
        scene.Trail.Exceeded("outputBytes");
        Assert.Equal(1000, scene.Output.Length);
    }

    public static void Subscriptions(Scene scene)
    {
        var guest = scene.Start();
        foreach (var count in new[] { 4097L, 1_000_000, int.MaxValue, -1 })
        {
            Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 0, count, 900));
        }

        Assert.Equal(Errno.Invalid, guest.Call("poll_oneoff", 0, 0, 0, 900));
        scene.Trail.Exceeded("subscriptions");
    }

    /// <summary>
    /// A chain of directories, each opened through the one before by a name as long as can be, and the one before closed: the
    /// host keeps no more of their names than of one.
    /// </summary>
    public static void NamesOfDescriptors(Scene scene)
    {
        var path = string.Concat(Enumerable.Repeat("./", 2000)) + "deep/..";
        foreach (var (grant, name) in new[] { (scene.Data(), "sub"), (null, "") })
        {
            var guest = grant is null ? scene.Start() : scene.Start(grant);
            var current = grant is null ? 3 : guest.MustOpen(name, GuestCalls.Folder);
            var step = grant is null ? string.Concat(Enumerable.Repeat("./", 2000)) : path;
            for (var i = 0; i < 100; i++)
            {
                // Some steps stay where they are by going down and back, which only names of their own can tell.
                var error = guest.OpenAt(current, i % 2 == 0 ? step : ".", out var next, GuestCalls.Folder, 1 << 14 | 1 << 13);
                if (error == Errno.Permission) break;
                Assert.Equal(Errno.Success, error);
                if (current != 3) guest.Call("fd_close", current);
                current = next;
            }

            Assert.NotEqual(Errno.Success, guest.OpenAt(current, "../x", out _, rights: 1 << 1));
        }

        Assert.All(scene.Trail.Events, audited => Assert.InRange(audited.Resource.Length, 1, 3 * 4096));
        Assert.Contains(scene.Trail.Events, audited => audited.Resource.Length > 4096);
    }
}
