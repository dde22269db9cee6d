namespace Coffer.EscapeTests.Audit;

/// <summary>What a guest could do unseen if the trail let it.</summary>
internal static class TrailsThatFail
{
    /// <summary>A strict trail that cannot be written stops the guest at its next decision.</summary>
    public static void Strict(Scene scene)
    {
        using var trail = new AuditTrail([new BrokenSink()], new AuditOptions { IsStrict = true });
        var guest = scene.Start(scene.Options(scene.Data()) with { Audit = trail });
        Assert.Throws<AuditException>(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                guest.OpenAt(3, "../outside/secret", out _);
                trail.Flush();
            }
        });
        Assert.Throws<AuditException>(() => guest.OpenAt(3, "file", out _));
        Assert.NotNull(trail.Failure);
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>A flood of refusals hides none: what does not fit is counted, and the numbers have a gap.</summary>
    public static void Flood(Scene scene)
    {
        var sink = new SlowSink();
        long dropped;
        using (var trail = new AuditTrail([sink], new AuditOptions { Capacity = 16, MaximumWait = TimeSpan.FromMilliseconds(1) }))
        {
            var guest = scene.Start(scene.Options(scene.Data()) with { Audit = trail });
            for (var i = 0; i < 200; i++) Assert.Equal(Errno.Permission, guest.OpenAt(3, $"../outside/secret{i}", out _));
            dropped = trail.Dropped;
            sink.Released.Set();
        }

        Assert.InRange(dropped, 1, 200);
        Assert.Equal(dropped, sink.Events[^1].Dropped);
        Assert.Equal(200 - dropped, sink.Events.Count - 1);
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>Numbers follow on one another without a gap, whatever the guest did in between.</summary>
    public static void Sequence(Scene scene)
    {
        var guest = scene.Start(scene.Data());
        for (var i = 0; i < 50; i++)
        {
            guest.OpenAt(3, i % 2 == 0 ? "file" : "../file", out _);
            guest.Status(3, "missing", follow: true);
        }

        Assert.Equal(Enumerable.Range(1, 100).Select(number => (long)number), scene.Trail.Events.Select(audited => audited.Sequence));
    }

    private sealed class BrokenSink : AuditSink
    {
        public override void Write(AuditEvent audited) => throw new IOException("no space left");
    }

    private sealed class SlowSink : AuditSink
    {
        public ManualResetEventSlim Released { get; } = new();

        public List<AuditEvent> Events { get; } = [];

        public override void Write(AuditEvent audited)
        {
            Released.Wait();
            Events.Add(audited);
        }
    }
}
