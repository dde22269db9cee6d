namespace Coffer.EscapeTests.Tenants;

/// <summary>Two guests of one module, one after the other or beside each other: nothing of the one is the other's.</summary>
internal static class OtherTenants
{
    private const string Keeper = """
        (memory (export "memory") 4)
        (table (export "table") 8 funcref) (elem declare func $f) (func $f)
        (global $kept (export "global") (mut i64) (i64.const 0))
        (data $d "passive")
        (func (export "keep")
          (memory.fill (i32.const 0) (i32.const 0x2a) (i32.const 0x40000))
          (drop (memory.grow (i32.const 4)))
          (memory.fill (i32.const 0x40000) (i32.const 0x2a) (i32.const 0x40000))
          (global.set $kept (i64.const 42)) (table.set (i32.const 5) (ref.func $f)) (data.drop $d))
        (func (export "look") (result i32) (local $i i32) (local $all i32)
          (drop (memory.grow (i32.const 4)))
          (loop $next
            (local.set $all (i32.or (local.get $all) (i32.load (local.get $i))))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 0x80000))))
          (i32.or (local.get $all) (i32.or (i32.wrap_i64 (global.get $kept)) (i32.eqz (ref.is_null (table.get (i32.const 5)))))))
        (func (export "init") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 7)))
        """;

    /// <summary>What one has left in memory, tables and globals is gone for the next, though the pages may be the same.</summary>
    public static void AfterEachOther(Scene scene)
    {
        var module = Module.CompileText(Guest.Engine, $"(module {Keeper})");
        for (var round = 0; round < 30; round++)
        {
            using var store = new Store(Guest.Engine);
            var instance = new Linker().Instantiate(store, module);
            Assert.Equal(0, instance.GetFunction<int>("look")());
            instance.GetAction("init")();
            instance.GetAction("keep")();
            Assert.NotEqual(0, instance.GetFunction<int>("look")());
        }

        Assert.Empty(scene.Trail.Events);
    }

    public static void BesideEachOther(Scene scene)
    {
        var module = Module.CompileText(Guest.Engine, $"(module {Keeper})");
        using var first = new Store(Guest.Engine);
        using var second = new Store(Guest.Engine);
        var keeping = new Linker().Instantiate(first, module);
        var looking = new Linker().Instantiate(second, module);
        keeping.GetAction("keep")();
        Assert.Equal(0, looking.GetFunction<int>("look")());
        looking.GetAction("init")();
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>Descriptors are counted and kept for each guest: the numbers of one say nothing to the other.</summary>
    public static void Descriptors(Scene scene)
    {
        var first = scene.Start(scene.Data());
        var second = scene.Start(scene.Options() with { RootWitness = false });
        var file = first.MustOpen("file");
        for (var number = 3; number < 20; number++) Assert.Equal(Errno.BadDescriptor, second.Read(number, out _));
        first.Call("fd_close", 1);
        first.Call("fd_close", 3);
        Assert.Equal(Errno.Success, second.Write(1, "mine"));
        Assert.Equal(Errno.Success, first.Read(file, out var text));
        Assert.Equal("inside", text);
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    /// <summary>The same folder, with other access for each.</summary>
    public static void Grants(Scene scene)
    {
        var writer = scene.Start(scene.Data());
        var reader = scene.Start(scene.Data(DirectoryAccess.Read));
        Assert.Equal(Errno.Success, writer.OpenAt(3, "shared", out _, GuestCalls.Create));
        Assert.Equal(Errno.ReadOnly, reader.OpenAt(3, "shared", out _, GuestCalls.Truncate));
        scene.Trail.Denied("path_open", "/data/shared");
        Assert.Equal(Errno.ReadOnly, reader.At("path_unlink_file", 3, "shared"));
        scene.Trail.Denied("path_unlink_file", "/data/shared");
    }

    /// <summary>Two overlays of one base do not see each other's changes, nor do two directories in memory.</summary>
    public static void Changes(Scene scene)
    {
        foreach (var source in new[] { DirectorySource.Overlay, DirectorySource.Memory })
        {
            var first = scene.Start(scene.Data(source: source));
            var second = scene.Start(scene.Data(source: source));
            Assert.Equal(Errno.Success, first.OpenAt(3, "mine", out _, GuestCalls.Create));
            Assert.Equal(Errno.NotFound, second.OpenAt(3, "mine", out _));
            scene.Trail.Ended("path_open", "/data/mine", Errno.NotFound);
        }
    }

    /// <summary>Quotas of one are not used up by the other.</summary>
    public static void QuotasOfOthers(Scene scene)
    {
        var options = scene.Options() with { Quotas = Quotas.Default with { OutputBytes = 4 } };
        var first = scene.Start(options);
        var second = scene.Start(options);
        Assert.Equal(Errno.Success, first.Write(1, "1234"));
        Assert.Equal(Errno.DiskQuota, first.Write(1, "5"));
        scene.Trail.Exceeded("outputBytes");
        Assert.Equal(Errno.Success, second.Write(1, "abcd"));
    }

    /// <summary>Random numbers that are not predictable are not repeated; those from a seed do not go on where others were.</summary>
    public static void RandomNumbers(Scene scene)
    {
        var first = scene.Start();
        var second = scene.Start();
        first.Call("random_get", 100, 32);
        second.Call("random_get", 100, 32);
        Assert.NotEqual(first.Memory.ReadBytes(100, 32), second.Memory.ReadBytes(100, 32));

        var seeded = scene.Options() with { Capabilities = CapabilitySet.Default };
        first = scene.Start(seeded);
        first.Call("random_get", 100, 32);
        second = scene.Start(seeded);
        second.Call("random_get", 100, 32);
        Assert.Equal(first.Memory.ReadBytes(100, 32), second.Memory.ReadBytes(100, 32));
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }
}
