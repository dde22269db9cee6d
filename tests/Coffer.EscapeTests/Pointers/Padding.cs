namespace Coffer.EscapeTests.Pointers;

/// <summary>
/// Records that are written to memory which the guest has filled before: every byte of them must be written, since what
/// is left out of a record that the host has on its stack shows the stack.
/// </summary>
internal static class Padding
{
    private const int Place = 30_000;

    public static void FileStatus(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            var file = guest.MustOpen("file");
            IsWhole(guest, 64, () => guest.Call("fd_filestat_get", file, Place), padding: [(17, 7)]);
            IsWhole(guest, 64, () => guest.Call("fd_filestat_get", 3, Place), padding: [(17, 7)]);
            IsWhole(guest, 64, () => guest.Call("fd_filestat_get", 1, Place), padding: [(17, 7)]);
            guest.Put(2000, "file");
            IsWhole(guest, 64, () => guest.Call("path_filestat_get", 3, 1, 2000, 4, Place), padding: [(17, 7)]);
        }

        scene.Trail.Unasked("fd_read");
    }

    public static void UnstableFileStatus(Scene scene)
    {
        var guest = scene.Own(new AbiGuest(scene.Options(scene.Data()), "wasi_unstable"));
        IsWhole(guest, 56, () => guest.Call("fd_filestat_get", 3, Place), padding: [(17, 3)]);
        scene.Trail.Unasked("fd_read");
    }

    public static void DescriptorStatus(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        foreach (var number in new[] { 0, 1, 3, file })
        {
            IsWhole(guest, 24, () => guest.Call("fd_fdstat_get", number, Place), padding: [(1, 1), (4, 4)]);
        }

        scene.Trail.Unasked("fd_fdstat_get");
    }

    public static void GrantedDirectory(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        IsWhole(guest, 8, () => guest.Call("fd_prestat_get", 3, Place), padding: [(0, 4)]);
        scene.Trail.Unasked("fd_prestat_get");
    }

    public static void Entries(Scene scene)
    {
        foreach (var guest in scene.EachSource().Append(scene.Start(scene.Data(source: DirectorySource.Memory))))
        {
            Assert.Equal(Errno.Success, guest.OpenAt(3, "name", out _, GuestCalls.Create));
            foreach (var room in new[] { 0, 1, 23, 24, 25, 40, 50, 1000 })
            {
                Fill(guest);
                Assert.Equal(Errno.Success, guest.Call("fd_readdir", 3, Place, room, 0, 900));
                var used = (int)guest.Memory.Read<uint>(900);
                Assert.InRange(used, 0, room);
                Assert.Equal(-1, guest.Memory.GetSpan((ulong)(Place + used), 1000).IndexOfAnyExcept(AbiGuest.Canary));
                for (var at = 0; at + 24 <= used; at += 24 + guest.Memory.Read<int>((ulong)(Place + at + 16)))
                {
                    Assert.Equal(new byte[3], guest.Memory.ReadBytes((ulong)(Place + at + 21), 3));
                }
            }

            guest.At("path_unlink_file", 3, "name");
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    public static void Events(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        foreach (var (type, number) in new[] { (0, 1), (1, file), (2, file), (1, 99), (7, 0) })
        {
            Fill(guest);
            guest.Memory.GetSpan(400, 48).Clear();
            guest.Memory.Write(408, (byte)type);
            guest.Memory.Write(416, number);
            Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 400, Place, 1, 900));
            var written = guest.Memory.ReadBytes(Place, 32);
            Assert.Equal(new byte[5], written[11..16]);
            Assert.Equal(new byte[6], written[26..]);
            Assert.DoesNotContain(AbiGuest.Canary, written);
            Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(Place + 32, 1));
        }

        scene.Trail.Unasked("fd_read");
    }

    /// <summary>Subscriptions and events in the same place: none is made of what was written for another.</summary>
    public static void EventsOntoSubscriptions(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        guest.Memory.GetSpan(400, 480).Clear();
        for (var i = 0; i < 10; i++) guest.Memory.Write((ulong)(400 + i * 48), (ulong)(i + 1));
        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 400, 400, 10, 900));
        Assert.Equal(10U, guest.Memory.Read<uint>(900));
        for (var i = 0; i < 10; i++) Assert.Equal((ulong)(i + 1), guest.Memory.Read<ulong>((ulong)(400 + i * 32)));
        scene.Trail.Unasked("fd_read");
    }

    // Written over two fillings, a byte that differs between them was left out.
    private static void IsWhole(AbiGuest guest, int bytes, Func<Errno> write, (int Start, int Length)[] padding)
    {
        Fill(guest);
        Assert.Equal(Errno.Success, write());
        var first = guest.Memory.ReadBytes(Place, bytes);
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes((ulong)(Place + bytes), 1));
        guest.Memory.GetSpan(Place, bytes).Fill(0xA5);
        Assert.Equal(Errno.Success, write());
        Assert.Equal(first, guest.Memory.ReadBytes(Place, bytes));
        foreach (var (start, length) in padding) Assert.Equal(new byte[length], first[start..(start + length)]);
    }

    private static void Fill(AbiGuest guest) => guest.Memory.GetSpan(Place, 2000).Fill(AbiGuest.Canary);
}
