namespace Coffer.EscapeTests.Pointers;

/// <summary>Lists of buffers, which are in the guest's memory like the buffers.</summary>
internal static class BufferLists
{
    private static readonly string[] Transfers = ["fd_read", "fd_write"];

    /// <summary>More buffers than a call may name: nothing of the list is even looked at.</summary>
    public static void TooMany(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        foreach (var transfer in Transfers)
        {
            foreach (var count in new[] { 1025, 100_000, int.MaxValue, -1L, int.MinValue, 0x2000_0000, 0x2000_0001 })
            {
                Assert.Equal((count, Errno.Invalid), (count, guest.Call(transfer, file, 0, count, 900)));
            }
        }

        scene.Trail.Exceeded("iovecs");
    }

    /// <summary>Lengths whose sum wraps around what the result can say.</summary>
    public static void WrappingLengths(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        foreach (uint[] list in new uint[][] { [0, 0xFFFFFFFF, 0, 0xFFFFFFFF], [0, 0x80000000, 0, 0x80000000], [0, 1, 0, 0xFFFFFFFF] })
        {
            guest.PutBuffers(100, list);
            foreach (var transfer in Transfers) Assert.Equal(Errno.Invalid, guest.Call(transfer, file, 100, 2, 900));
            Assert.Equal(Errno.Invalid, guest.Call("fd_pread", file, 100, 2, 0, 900));
            Assert.Equal(Errno.Invalid, guest.Call("fd_pwrite", file, 100, 2, 0, 900));
        }

        scene.Trail.Unasked("fd_read");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }

    /// <summary>The same bytes a thousand times: what is written is counted as often.</summary>
    public static void Overlapping(Scene scene)
    {
        var guest = scene.Start(scene.Options(scene.Data()) with { Quotas = Quotas.Default with { WrittenBytes = 100_000 } });
        var file = guest.MustOpen("new", GuestCalls.Create);
        for (var i = 0; i < 1024; i++) guest.PutBuffers(20_000 + i * 8, 0, 10_000);

        Assert.Equal(Errno.Success, guest.Call("fd_write", file, 20_000, 1024, 900));
        Assert.Equal(100_000U, guest.Memory.Read<uint>(900));
        Assert.Equal(Errno.DiskQuota, guest.Call("fd_write", file, 20_000, 1024, 900));
        scene.Trail.Exceeded("writtenBytes");
        Assert.Equal(100_000, new FileInfo(scene.Host("granted/new")).Length);
    }

    /// <summary>What is read lands on the list itself, and makes it point elsewhere.</summary>
    public static void OntoThemselves(Scene scene)
    {
        var evil = new byte[16];
        BitConverter.TryWriteBytes(evil, 0xFFFF_FFF0U);
        BitConverter.TryWriteBytes(evil.AsSpan(4), 0x7FFF_FFFFU);
        BitConverter.TryWriteBytes(evil.AsSpan(8), 0xFFFF_FFF0U);
        BitConverter.TryWriteBytes(evil.AsSpan(12), 0x7FFF_FFFFU);
        File.WriteAllBytes(scene.Host("granted/file"), [.. evil, .. evil, .. evil]);
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        guest.PutBuffers(100, 100, 16, 5000, 16);

        // The first buffer is the list: the second has become a pointer beyond the end, which is met as one.
        Assert.Equal(Errno.Success, guest.Call("fd_read", file, 100, 2, 900));
        Assert.Equal(16U, guest.Memory.Read<uint>(900));
        Assert.Equal(Errno.Fault, guest.Call("fd_read", file, 100, 2, 900) is Errno.Invalid or Errno.Fault ? Errno.Fault : Errno.Success);
        scene.Trail.Unasked("fd_read");
    }

    /// <summary>The result lands on the list, and the list on its end.</summary>
    public static void AtTheEnd(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        var file = guest.MustOpen("file");
        guest.PutBuffers(AbiGuest.End - 8, AbiGuest.End - 8, 8);

        Assert.Equal(Errno.Success, guest.Call("fd_read", file, AbiGuest.End - 8, 1, AbiGuest.End - 4));
        Assert.Equal(6U, guest.Memory.Read<uint>(AbiGuest.End - 4));
        Assert.Equal(Errno.Fault, guest.Call("fd_read", file, AbiGuest.End - 8, 2, 900));
        Assert.Equal(Errno.Fault, guest.Call("fd_read", file, AbiGuest.End - 7, 1, 900));
        scene.Trail.Unasked("fd_read");
    }

    /// <summary>Offsets before the beginning and beyond every end.</summary>
    public static void StrangeOffsets(Scene scene)
    {
        var guest = scene.Start(scene.Options(scene.Data()) with { Quotas = Quotas.Default with { WrittenBytes = 1 << 20 } });
        var file = guest.MustOpen("file");
        guest.PutBuffers(100, 5000, 16);
        foreach (var offset in new[] { -1L, long.MinValue })
        {
            Assert.Equal(Errno.Invalid, guest.Call("fd_pread", file, 100, 1, offset, 900));
            Assert.Equal(Errno.Invalid, guest.Call("fd_pwrite", file, 100, 1, offset, 900));
            Assert.NotEqual(Errno.Success, guest.Call("fd_seek", file, offset, 0, 900));
            Assert.NotEqual(Errno.Success, guest.Call("fd_allocate", file, offset, 10));
            Assert.NotEqual(Errno.Success, guest.Call("fd_filestat_set_size", file, offset));
        }

        Assert.NotEqual(Errno.Success, guest.Call("fd_pwrite", file, 100, 1, long.MaxValue - 3, 900));
        Assert.NotEqual(Errno.Success, guest.Call("fd_allocate", file, long.MaxValue, long.MaxValue));
        scene.Trail.Unasked("fd_pwrite");
        Assert.Equal("inside", File.ReadAllText(scene.Host("granted/file")));
    }
}
