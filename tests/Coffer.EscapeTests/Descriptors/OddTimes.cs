namespace Coffer.EscapeTests.Descriptors;

/// <summary>Times that no clock shows. Each is set or refused; what is read back is a time of the file, and nothing fails for it.</summary>
internal static class OddTimes
{
    public static void Set(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            var file = guest.MustOpen("file");
            foreach (var time in new[] { 0L, 1, -1, long.MinValue, long.MaxValue, 4_000_000_000_000_000_000 })
            {
                guest.Put(2000, "file");
                Assert.InRange((int)guest.Call("path_filestat_set_times", 3, 1, 2000, 4, time, time, 5), 0, 76);
                Assert.InRange((int)guest.Call("fd_filestat_set_times", file, time, time, 5), 0, 76);
                Assert.Equal(Errno.Success, guest.Call("fd_filestat_get", file, 1000));
                Assert.Equal(Errno.Success, guest.Status(3, "file", follow: true));
            }

            foreach (var flags in new[] { 3, 12, 15, 16, -1, int.MinValue })
            {
                Assert.Equal(Errno.Invalid, guest.Call("path_filestat_set_times", 3, 1, 2000, 4, 0, 0, flags));
                Assert.Equal(Errno.Invalid, guest.Call("fd_filestat_set_times", file, 0, 0, flags));
            }
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    /// <summary>A clock that moves on by waiting, moved on for longer than there are dates.</summary>
    public static void WaitedFor(Scene scene)
    {
        var guest = scene.Start(scene.Options() with { Capabilities = CapabilitySet.Default });
        for (var i = 0; i < 300; i++)
        {
            guest.Memory.GetSpan(0, 48).Clear();
            guest.Memory.Write(16, i % 2);
            guest.Memory.Write(24, ulong.MaxValue);
            guest.Store.SetDeadline(TimeSpan.FromSeconds(1));
            Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));
            Assert.Equal(Errno.Success, guest.Call("clock_time_get", 0, 0, 200));
            Assert.Equal(Errno.Success, guest.Call("clock_time_get", 1, 0, 200));
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }
}
