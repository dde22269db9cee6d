using System.Text;

namespace Coffer.EscapeTests.Sources;

/// <summary>What every program of the host has, and a guest only when it was granted.</summary>
internal static class NotGranted
{
    public static void Environment(Scene scene)
    {
        System.Environment.SetEnvironmentVariable("COFFER_ESCAPE_TEST", Scene.Canary);
        var guest = scene.Start(Nothing(scene));
        Assert.Equal(Errno.Success, guest.Call("environ_sizes_get", 100, 104));
        Assert.Equal(0UL, guest.Memory.Read<ulong>(100));
        Assert.Equal(Errno.Success, guest.Call("environ_get", 200, 1000));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(200, 1));
        scene.Trail.Unasked("environ_get");
    }

    /// <summary>The arguments of the host's own process are no guest's; it gets the name it was given.</summary>
    public static void Arguments(Scene scene)
    {
        var guest = scene.Start(Nothing(scene));
        Assert.Equal(Errno.Success, guest.Call("args_sizes_get", 100, 104));
        Assert.Equal(1U, guest.Memory.Read<uint>(100));
        Assert.Equal(Errno.Success, guest.Call("args_get", 200, 1000));
        Assert.Equal("hostile\0?", guest.Memory.ReadUtf8(1000, 9));
        scene.Trail.Unasked("args_get");
    }

    /// <summary>The values of variables are secrets: the guest gets them, the trail does not.</summary>
    public static void SecretsOfTheTrail(Scene scene)
    {
        var options = Nothing(scene) with { Capabilities = new CapabilitySet(new EnvironmentGrant("TOKEN", "s3cr3t"), new ArgumentGrant("p4ssw0rd")) };
        var guest = scene.Start(options);
        Assert.Equal(Errno.Success, guest.Call("environ_get", 200, 1000));
        Assert.Equal(Errno.Success, guest.Call("args_get", 300, 2000));
        Assert.Equal(Errno.NotSupported, guest.Call("random_get", 200, 8));
        foreach (var audited in scene.Trail.Events)
        {
            Assert.DoesNotContain("s3cr3t", audited.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("p4ssw0rd", audited.ToString(), StringComparison.Ordinal);
        }
    }

    public static void Clocks(Scene scene)
    {
        var guest = scene.Start(Nothing(scene));
        foreach (var (clock, name) in new[] { (0, "wall"), (1, "monotonic"), (2, "monotonic"), (3, "monotonic") })
        {
            Assert.Equal(Errno.NotSupported, guest.Call("clock_time_get", clock, 0, 200));
            Assert.Equal($"--clock {name}", scene.Trail.Denied("clock_time_get", name).Remedy);
            Assert.Equal(Errno.NotSupported, guest.Call("clock_res_get", clock, 200));
            scene.Trail.Denied("clock_res_get", name);
        }

        Assert.Equal(Errno.Invalid, guest.Call("clock_time_get", 4, 0, 200));
        Assert.Equal(Errno.Invalid, guest.Call("clock_time_get", -1, 0, 200));
        Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(200, 1));
    }

    /// <summary>Time can be measured by waiting, too.</summary>
    public static void ClockByWaiting(Scene scene)
    {
        var guest = scene.Start(Nothing(scene));
        guest.Memory.GetSpan(0, 48).Clear();
        guest.Memory.Write(16, 1);
        guest.Memory.Write(24, 1_000_000UL);
        Assert.Equal(Errno.Success, guest.Call("poll_oneoff", 0, 1000, 1, 200));
        Assert.Equal((ushort)Errno.NotSupported, guest.Memory.Read<ushort>(1008));
        scene.Trail.Denied("poll_oneoff", "monotonic");
    }

    /// <summary>The clocks that are granted start with the guest: they do not tell for how long the machine has run.</summary>
    public static void UptimeOfTheHost(Scene scene)
    {
        var guest = scene.Start();
        foreach (var clock in new[] { 1, 2, 3 })
        {
            Assert.Equal(Errno.Success, guest.Call("clock_time_get", clock, 0, 200));
            Assert.InRange(guest.Memory.Read<ulong>(200), 0UL, 60_000_000_000UL);
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    public static void Random(Scene scene)
    {
        var guest = scene.Start(Nothing(scene));
        Assert.Equal(Errno.NotSupported, guest.Call("random_get", 200, 32));
        Assert.Equal("--random real", scene.Trail.Denied("random_get", "random").Remedy);
        Assert.Equal(Encoding.UTF8.GetBytes(new string('?', 32)), guest.Memory.ReadBytes(200, 32));
    }

    public static void StreamsOut(Scene scene)
    {
        var guest = scene.Start(Nothing(scene));
        foreach (var (number, name) in new[] { (1, "stdout"), (2, "stderr") })
        {
            Assert.Equal(Errno.Access, guest.Write(number, "text"));
            Assert.Equal($"--stream {name}", scene.Trail.Denied("fd_write", name).Remedy);
        }

        Assert.Empty(scene.Output.ToArray());
    }

    public static void StreamIn(Scene scene)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(Scene.Canary));
        var guest = scene.Start(Nothing(scene) with { StandardInput = input });
        Assert.Equal(Errno.Access, guest.Read(0, out _));
        Assert.Equal("--stream stdin", scene.Trail.Denied("fd_read", "stdin").Remedy);
        Assert.Equal(0, input.Position);
    }

    /// <summary>A stream of one direction is not used in the other.</summary>
    public static void StreamsBackwards(Scene scene)
    {
        using var input = new MemoryStream();
        using var output = new MemoryStream(Encoding.UTF8.GetBytes(Scene.Canary));
        var guest = scene.Start(scene.Options() with { StandardInput = input, StandardOutput = output });
        Assert.Equal(Errno.NotCapable, guest.Write(0, "text"));
        Assert.Equal(Errno.NotCapable, guest.Read(1, out _));
        Assert.Equal(Errno.NotCapable, guest.Read(2, out _));
        Assert.Equal(Errno.NotCapable, guest.Call("fd_fdstat_set_rights", 1, -1, -1));
        scene.Trail.Unasked("fd_read");
        Assert.Equal(0, input.Length);
    }

    private static WasiOptions Nothing(Scene scene) => scene.Options() with { Capabilities = CapabilitySet.Empty };
}
