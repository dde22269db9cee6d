namespace Coffer.EscapeTests.Threads;

/// <summary>Threads of one guest that use and change the same thing at once. None gets what is not the guest's, and nothing crashes.</summary>
internal static class RacingThreads
{
    private const string Header = """
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "env" "memory" (memory 4 64 shared)) (export "memory" (memory 0))
        (data (i32.const 1000) "file") (data (i32.const 1010) "sub/file")
        (func $wait (result i32) (loop (br_if 0 (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 3)))) (i32.const 0))
        (func $done (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))
        (func $opens (param $at i32) (param $path i32) (param $length i32)
          (drop (call $open (i32.const 3) (i32.const 1) (local.get $path) (local.get $length) (i32.const 0) (i64.const 2) (i64.const 0)
            (i32.const 0) (local.get $at))))
        (func $reads (param $number i32) (param $at i32)
          (i32.store (local.get $at) (i32.add (local.get $at) (i32.const 64))) (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 64))
          (drop (call $read (local.get $number) (local.get $at) (i32.const 1) (i32.add (local.get $at) (i32.const 16)))))
        (func (export "_start")
          (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 1))) (drop (call $spawn (i32.const 2)))
          (drop (call $wait)))
        """;

    // Three threads, by their argument, each so many times; the number is that of the descriptor they fight for.
    private static string Fighting(string first, string second, string third, int rounds = 3000) => $"""
        (func (export "wasi_thread_start") (param $id i32) (param $which i32) (local $i i32) (local $at i32)
          (local.set $at (i32.add (i32.const 4096) (i32.mul (local.get $which) (i32.const 4096))))
          (loop $next
            (if (i32.eqz (local.get $which)) (then {first})
              (else (if (i32.eq (local.get $which) (i32.const 1)) (then {second}) (else {third}))))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {rounds}))))
          (call $done))
        """;

    /// <summary>One opens and closes, one closes whatever has the number, one reads it, while the host opens files of its own.</summary>
    public static void CloseWhileReading(Scene scene) => Race(scene, Fighting(
        "(call $opens (local.get $at) (i32.const 1000) (i32.const 4)) (drop (call $close (i32.load (local.get $at))))",
        "(drop (call $close (i32.const 5)))",
        "(call $reads (i32.const 5) (local.get $at))"));

    public static void RenumberWhileReading(Scene scene) => Race(scene, Fighting(
        "(call $opens (local.get $at) (i32.const 1000) (i32.const 4)) (drop (call $renumber (i32.load (local.get $at)) (i32.const 0)))",
        "(call $opens (local.get $at) (i32.const 1010) (i32.const 8)) (drop (call $close (i32.const 5)))",
        "(call $reads (i32.const 0) (local.get $at)) (call $reads (i32.const 5) (local.get $at))"));

    public static void CloseWhileListing(Scene scene) => Race(scene, Fighting(
        "(drop (call $readdir (i32.const 3) (local.get $at) (i32.const 200) (i64.const 0) (i32.const 100000)))",
        "(drop (call $readdir (i32.const 4) (local.get $at) (i32.const 30) (i64.const 1) (i32.const 100004)))",
        "(if (i32.eq (local.get $i) (i32.const 1500)) (then (drop (call $close (i32.const 3)))))"));

    /// <summary>The list of buffers changes while it is used: each pair counts as it was when it was read.</summary>
    public static void ChangedBuffers(Scene scene) => Race(scene, Fighting(
        "(call $opens (local.get $at) (i32.const 1000) (i32.const 4)) (drop (call $read (i32.load (local.get $at)) (i32.const 60000) (i32.const 2) (local.get $at))) (drop (call $close (i32.const 5)))",
        "(i32.store (i32.const 60000) (i32.const 70000)) (i32.store (i32.const 60004) (i32.const 4)) (i32.store (i32.const 60008) (i32.const 70000)) (i32.store (i32.const 60012) (i32.const 4))",
        "(i64.store (i32.const 60000) (i64.const -1)) (i64.store (i32.const 60008) (i64.const 0x7fffffff0003fff0))"));

    /// <summary>The path changes while it is used: what was checked is a copy.</summary>
    public static void ChangedPaths(Scene scene) => Race(scene, Fighting(
        "(drop (call $open (i32.const 3) (i32.const 1) (i32.const 61000) (i32.const 10) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (local.get $at))) (call $reads (i32.load (local.get $at)) (local.get $at)) (drop (call $close (i32.const 5)))",
        "(i64.store (i32.const 61000) (i64.const 0x747365722f627573))",
        "(i64.store (i32.const 61000) (i64.const 0x6365732f2e2e2f2e))"));

    /// <summary>The memory grows under a call that waits in it and writes to it afterwards.</summary>
    public static void GrowthDuringACall(Scene scene) => Race(scene, Fighting(
        "(i64.store (local.get $at) (i64.const 0)) (i64.store (i32.add (local.get $at) (i32.const 16)) (i64.const 1)) (i64.store (i32.add (local.get $at) (i32.const 24)) (i64.const 1000)) (drop (call $poll (local.get $at) (i32.add (local.get $at) (i32.const 100)) (i32.const 1) (i32.add (local.get $at) (i32.const 200))))",
        "(drop (memory.grow (i32.const 1)))",
        "(call $opens (local.get $at) (i32.const 1000) (i32.const 4)) (call $reads (i32.const 5) (local.get $at)) (drop (call $close (i32.const 5)))",
        rounds: 100));

    /// <summary>An exit ends the threads that are in the middle of a call or of a loop.</summary>
    public static void ExitDuringCalls(Scene scene)
    {
        var program = scene.Load(Header + Fighting(
            "(loop (br 0))",
            "(call $reads (i32.const 0) (local.get $at))",
            "(if (i32.eq (local.get $i) (i32.const 100)) (then (call $exit (i32.const 7))))"), options: scene.Options(scene.Data()));
        Assert.Equal(7U, program.Run());
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    private static void Race(Scene scene, string threads)
    {
        var stop = false;
        // The numbers that the guest's files give free go to these: none of their content may turn up at the guest.
        var host = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                using var file = File.OpenRead(scene.Host("outside/secret"));
            }
        });
        host.Start();
        try
        {
            var program = scene.Load(Header + threads, options: scene.Options(scene.Data(DirectoryAccess.Read)));
            program.Store.SetDeadline(TimeSpan.FromSeconds(20));
            Assert.Equal(0U, program.Run());
        }
        finally
        {
            Volatile.Write(ref stop, true);
            host.Join();
        }

        // Paths that a thread changed in the middle may lead out, and are denied then.
        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed || audited.Reason!.Contains("leads out", StringComparison.Ordinal)));
    }
}
