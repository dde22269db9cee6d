using System.Diagnostics;
using System.IO.Pipes;
using Coffer.EscapeTests.Network;

namespace Coffer.EscapeTests.Resources;

/// <summary>Guests that do not come back by themselves. A deadline ends them, wherever they are, soon after it has passed.</summary>
internal static class TimeBombs
{
    private const string Calls = """
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (memory (export "memory") 1200)
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(10);

    public static void Loop(Scene scene) => Ends(scene, "(loop (br 0))");

    public static void Fill(Scene scene) =>
        Ends(scene, "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4B00000)) (br 0))");

    public static void Copy(Scene scene) =>
        Ends(scene, "(loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x4AFFFFF)) (br 0))");

    /// <summary>A sleep of thirty years.</summary>
    public static void Sleep(Scene scene) => Ends(scene, """
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 1000000000000000000))
        (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))
        """);

    public static void SleepUntilTheEndOfTime(Scene scene) => Ends(scene, """
        (i64.store (i32.const 24) (i64.const -1)) (i32.store16 (i32.const 40) (i32.const 1))
        (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))
        """);

    public static void PollWithoutEnd(Scene scene) =>
        Ends(scene, "(loop (drop (call $poll (i32.const 0) (i32.const 100000) (i32.const 1000) (i32.const 300000))) (br 0))");

    public static void YieldWithoutEnd(Scene scene) => Ends(scene, "(loop (drop (call $yield)) (br 0))");

    public static void RandomBytes(Scene scene) =>
        Ends(scene, "(loop (drop (call $random (i32.const 0) (i32.const 0x4B00000))) (br 0))");

    /// <summary>Input that never comes.</summary>
    public static void ReadOfSilence(Scene scene)
    {
        // The end that writes is closed first: closing the other one would wait for it.
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle);
        using var end = pipe;
        Ends(scene, "(i32.store (i32.const 4) (i32.const 100)) (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 200)))",
            scene.Options() with { StandardInput = input });
    }

    /// <summary>A wait for another thread that there is not.</summary>
    public static void AtomicWait(Scene scene)
    {
        var program = scene.Load("""
            (memory 1 1 shared)
            (func (export "run") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
            """);
        program.Store.SetDeadline(Deadline);
        scene.Trail.Exhausted(ExhaustionKind.Deadline, () => program.Call("run"));
    }

    /// <summary>A connection that nobody makes, and bytes that nobody sends or takes.</summary>
    public static void SilentSockets(Scene scene)
    {
        using var listening = new Listening(scene);
        var guest = listening.Guest;
        Assert.Equal(Errno.Success, guest.Call("fd_fdstat_set_flags", Listening.Listener, 4));
        var connection = listening.Connect();
        guest.Call("fd_fdstat_set_flags", Listening.Listener, 0);
        guest.PutBuffers(100, 5000, 50_000);
        Ends(() => guest.Call("sock_accept", Listening.Listener, 0, 200));
        Ends(() => guest.Call("sock_recv", connection, 100, 1, 0, 200, 204));
        Ends(() =>
        {
            while (guest.Call("sock_send", connection, 100, 1, 0, 200) == Errno.Success)
            {
            }
        });

        void Ends(Action attempt)
        {
            guest.Store.SetDeadline(Deadline);
            scene.Trail.Exhausted(ExhaustionKind.Deadline, attempt);
        }
    }

    /// <summary>Refusals without end: each is recorded, and neither the trail nor its queue keeps the deadline from ending them.</summary>
    public static void Refusals(Scene scene)
    {
        Ends(scene, """
            (i64.store (i32.const 500) (i64.const 0x2e2e2f2e2e2f7831))
            (loop (drop (call $open (i32.const 3) (i32.const 1) (i32.const 500) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0)
              (i32.const 0) (i32.const 600))) (br 0))
            """);
        Assert.NotEmpty(scene.Trail.Events);
    }

    /// <summary>The same from far down the stack, where telling the place takes longest.</summary>
    public static void RefusalsFromDeepRecursion(Scene scene)
    {
        var program = scene.Load(Calls + """
            (func $deep (export "deep") (param $left i32)
              (if (local.get $left) (then (call $deep (i32.sub (local.get $left) (i32.const 1))))
                (else (loop (drop (call $open (i32.const 3) (i32.const 1) (i32.const 500) (i32.const 8) (i32.const 0) (i64.const 2)
                  (i64.const 0) (i32.const 0) (i32.const 600))) (br 0)))))
            (func (export "_start") (i64.store (i32.const 500) (i64.const 0x2e2e2f2e2e2f7831)) (call $deep (i32.const 5000)))
            """);
        program.Store.SetDeadline(Deadline);
        var watch = Stopwatch.StartNew();
        scene.Trail.Exhausted(ExhaustionKind.Deadline, () => program.Run());
        Assert.True(watch.Elapsed < Patience, $"it took {watch.Elapsed}");
        Assert.All(scene.Trail.Events, audited => Assert.InRange(audited.Backtrace.Count, 1, 32));
    }

    /// <summary>Gigabytes at once, by a thousand buffers that are the same.</summary>
    public static void EndlessRead(Scene scene)
    {
        using (var sparse = File.Create(scene.Host("granted/sparse"))) sparse.SetLength(8L << 30);
        scene.Put("granted/name", "");
        const string list = """
            (local $i i32)
            (i64.store (i32.const 500) (i64.const 0x657372617073))
            (if (call $open (i32.const 3) (i32.const 1) (i32.const 500) (i32.const 6) (i32.const 0) (i64.const 6) (i64.const 0)
              (i32.const 0) (i32.const 600)) (then unreachable))
            (loop $next
              (i32.store (i32.add (i32.const 1000) (i32.shl (local.get $i) (i32.const 3))) (i32.const 100000))
              (i32.store (i32.add (i32.const 1004) (i32.shl (local.get $i) (i32.const 3))) (i32.const 70000000))
              (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60))))
            """;
        Ends(scene, list + "(loop (drop (call $pread (i32.load (i32.const 600)) (i32.const 1000) (i32.const 60) (i64.const 0) (i32.const 700))) (br 0))",
            scene.Options(scene.Data()));
        File.Delete(scene.Host("granted/sparse"));
    }

    private static void Ends(Scene scene, string body, WasiOptions? options = null)
    {
        var program = scene.Load(Calls + $"(func (export \"_start\") {body})", options: options);
        program.Store.SetDeadline(Deadline);
        var watch = Stopwatch.StartNew();
        scene.Trail.Exhausted(ExhaustionKind.Deadline, () => program.Run());
        Assert.True(watch.Elapsed < Patience, $"it took {watch.Elapsed}");
    }
}
