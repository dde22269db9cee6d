namespace Coffer.EscapeTests.Resources;

/// <summary>What a guest can make the engine use: memory, tables, stack, instructions.</summary>
internal static class StoreBombs
{
    public static void Memory(Scene scene)
    {
        var program = scene.Load("""
            (memory (export "memory") 1)
            (func (export "run") (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size))
            """, new StoreLimits { MemoryBytes = 1 << 20 });
        Assert.Equal(16, program.Call("run")[0].AsI32());
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>A memory that is too large from the start is none.</summary>
    public static void MemoryAtOnce(Scene scene) => scene.Trail.Exhausted(ExhaustionKind.StoreLimit, () =>
        scene.Load("(memory 65536)", new StoreLimits { MemoryBytes = 1 << 20 }));

    public static void Tables(Scene scene)
    {
        var program = scene.Load("""
            (table $t 1 funcref)
            (func (export "run") (result i32)
              (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 100)) (i32.const -1)))) (table.size $t))
            """, new StoreLimits { TableElements = 1000 });
        Assert.Equal(901, program.Call("run")[0].AsI32());
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>An object of the collected heap that is larger than one may be.</summary>
    public static void Objects(Scene scene)
    {
        foreach (var make in new[] { "array.new_default $a (i32.const 0x1000000)", "array.new $a (i64.const 1) (i32.const 0x7000000)" })
        {
            var program = scene.Load(
                $"(type $a (array (mut i64))) (func (export \"run\") (drop ({make})))", new StoreLimits { ObjectBytes = 1 << 20 });
            scene.Trail.Exhausted(ExhaustionKind.StoreLimit, () => program.Call("run"));
        }
    }

    /// <summary>Small objects without end, dropped at once or kept.</summary>
    public static void ManyObjects(Scene scene)
    {
        foreach (var next in new[] { "(local.get 0)", "(ref.null $n)" })
        {
            var program = scene.Load(
                $"(type $n (struct (field (ref null $n)))) (func (export \"run\") (local (ref null $n)) (loop $l (local.set 0 (struct.new $n {next})) (br $l)))",
                new StoreLimits { AllocatedBytes = 16 << 20 });
            scene.Trail.Exhausted(ExhaustionKind.StoreLimit, () => program.Call("run"));
        }
    }

    public static void Recursion(Scene scene)
    {
        var program = scene.Load("""(func $f (export "run") (param i64) (call $f (i64.add (local.get 0) (i64.const 1))))""");
        scene.Trail.Exhausted(ExhaustionKind.CallStack, () => program.Call("run", Value.I64(0)));
    }

    /// <summary>From guest to host to guest, where the host's frames are the larger ones.</summary>
    public static void RecursionThroughTheHost(Scene scene)
    {
        Action? again = null;
        using var store = new Store(Guest.Engine);
        var module = Module.CompileText(Guest.Engine, """
            (module (import "host" "again" (func $again)) (func (export "run") (call $again)))
            """);
        var instance = new Linker().DefineFunction("host", "again", () => again!()).Instantiate(store, module);
        again = instance.GetAction("run");
        scene.Trail.Exhausted(ExhaustionKind.CallStack, () => again());
    }

    /// <summary>A module whose start makes a thread, whose module's start makes a thread.</summary>
    public static void ThreadsThatStartThreads(Scene scene)
    {
        var program = scene.Load("""
            (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
            (import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))
            (func (export "wasi_thread_start") (param i32 i32))
            (func $start (drop (call $spawn (i32.const 0)))) (start $start)
            (func (export "_start"))
            """);
        Assert.Equal(0U, program.Run());
        scene.Trail.Exceeded("threads");
    }

    public static void Threads(Scene scene)
    {
        var program = scene.Load("""
            (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
            (import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))
            (func (export "wasi_thread_start") (param i32 i32) (loop (br 0)))
            (func (export "_start") (loop (br_if 0 (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0)))))
            """, options: scene.Options() with { Quotas = Quotas.Default with { Threads = 4 } });
        Assert.Equal(0U, program.Run());
        scene.Trail.Exceeded("threads");
    }

    /// <summary>Threads are asked for without end, and each attempt costs the host an instance: a fuel of a million is enough for a hundred.</summary>
    public static void ThreadsByTheFuel(Scene scene)
    {
        var program = scene.Load("""
            (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
            (import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))
            (func (export "_start")
              (loop (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (drop (call $spawn (i32.const 0))) (br 0)))
            """, new StoreLimits { Fuel = 1_000_000 });
        scene.Trail.Exhausted(ExhaustionKind.Fuel, () => program.Run());
        Assert.InRange(program.Memory!.Read<int>(0), 1, 100);
    }

    /// <summary>What the host does for a guest is paid for as well.</summary>
    public static void CallsByTheFuel(Scene scene)
    {
        foreach (var (call, most) in new[]
        {
            ("(call $poll (i32.const 1000) (i32.const 60000) (i32.const 1000) (i32.const 55000))", 20),
            ("(call $random (i32.const 1000) (i32.const 65536))", 130),
            ("(call $yield)", 10_000),
        })
        {
            var program = scene.Load($"""
                (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
                (memory (export "memory") 2)
                (func (export "_start") (loop (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (drop {call}) (br 0)))
                """, new StoreLimits { Fuel = 1_000_000 });
            scene.Trail.Exhausted(ExhaustionKind.Fuel, () => program.Run());
            Assert.InRange(program.Memory!.Read<int>(0), 1, most);
        }
    }

    /// <summary>The files that this process has open do not grow with what guests do and leave open.</summary>
    public static void LeftOpen(Scene scene)
    {
        var before = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        for (var i = 0; i < 20; i++)
        {
            using var guest = new AbiGuest(scene.Options(scene.Data()));
            for (var j = 0; j < 100; j++) guest.MustOpen(j % 2 == 0 ? "file" : "sub", j % 2 == 0 ? 0 : GuestCalls.Folder);
        }

        Assert.InRange(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), 0, before + 100);
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }
}
