namespace Coffer.EscapeTests.Descriptors;

/// <summary>Numbers that the guest makes up, keeps, or moves. No handle, no question: the trail has nothing of them.</summary>
internal static class DescriptorNumbers
{
    /// <summary>Every number that the host could have in use, while the secret is open in one of them.</summary>
    public static void Guessed(Scene scene)
    {
        var secret = scene.Own(File.Open(scene.Host("outside/secret"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
        var guest = scene.Start(scene.Data());
        var known = new HashSet<long> { 0, 1, 2, 3, 4 };
        for (var number = 5L; number <= 4096; number++) IsUnknown(guest, number);
        foreach (var number in new[] { -1L, -2, -100, int.MinValue, int.MaxValue, 1L << 20, secret.SafeFileHandle.DangerousGetHandle() })
        {
            if (!known.Contains(number)) IsUnknown(guest, number);
        }

        scene.Trail.Unasked("fd_read");
    }

    /// <summary>What was closed is gone for every function, and for good.</summary>
    public static void Closed(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        var folder = guest.MustOpen("sub", GuestCalls.Folder);
        foreach (var number in new[] { file, folder })
        {
            Assert.Equal(Errno.Success, guest.Call("fd_close", number));
            IsUnknown(guest, number);
            Assert.Equal(Errno.BadDescriptor, guest.OpenAt(number, "file", out _));
            Assert.Equal(Errno.BadDescriptor, guest.Call("fd_renumber", number, 3));
            Assert.Equal(Errno.BadDescriptor, guest.Call("fd_renumber", 3, number));
        }

        scene.Trail.Unasked("fd_readdir");
    }

    /// <summary>The number is used again for another file, with the rights of that one.</summary>
    public static void UsedAgain(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var first = guest.MustOpen("file");
        Assert.Equal(Errno.Success, guest.Call("fd_close", first));
        Assert.Equal(first, guest.MustOpen("sub/file", rights: 1 << 1));

        Assert.Equal(Errno.NotCapable, guest.Write(first, "overwritten"));
        Assert.Equal(Errno.Success, guest.Read(first, out var text));
        Assert.Equal("inside sub", text);
        scene.Trail.Unasked("fd_write");
    }

    /// <summary>A directory that was granted can be replaced by a file; it does not become one that was granted.</summary>
    public static void OntoAGrant(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var folder = guest.MustOpen("sub", GuestCalls.Folder);
        Assert.Equal(Errno.Success, guest.Call("fd_renumber", folder, 3));

        Assert.Equal(Errno.BadDescriptor, guest.Call("fd_prestat_get", 3, 1000));
        Assert.Equal(Errno.Permission, guest.OpenAt(3, "../file", out _));
        scene.Trail.Denied("path_open", "/data/sub/../file");
        IsUnknown(guest, folder);
    }

    /// <summary>A file in the place of standard output: what is written goes to the file, as it may, and not to the host's stream.</summary>
    public static void OntoAStream(Scene scene)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.Read));
        var file = guest.MustOpen("file", rights: 1 << 1);
        Assert.Equal(Errno.Success, guest.Call("fd_renumber", file, 1));

        Assert.Equal(Errno.NotCapable, guest.Write(1, "overwritten"));
        Assert.Equal(Errno.Success, guest.Call("fd_renumber", 0, 2));
        Assert.Equal(Errno.NotCapable, guest.Write(2, "x"));
        IsUnknown(guest, 0);
        scene.Trail.Unasked("fd_write");
        Assert.Empty(scene.Output.ToArray());
    }

    /// <summary>After the host has closed everything, a guest that still runs has nothing left.</summary>
    public static void AfterTheEnd(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        guest.CloseAll();

        for (var number = 0; number < 10; number++) IsUnknown(guest, number);
        Assert.Equal(Errno.BadDescriptor, guest.OpenAt(3, "file", out _));
        IsUnknown(guest, file);
        scene.Trail.Unasked("fd_read");
    }

    private static void IsUnknown(AbiGuest guest, long number)
    {
        foreach (var (name, parameters) in AbiGuest.Functions)
        {
            if (!name.StartsWith("fd_", StringComparison.Ordinal) && !name.StartsWith("sock_", StringComparison.Ordinal)) continue;
            var arguments = new long[parameters.Split(' ').Length];
            arguments[0] = number;
            Assert.Equal((name, Errno.BadDescriptor), (name, guest.Call(name, arguments)));
        }
    }
}
