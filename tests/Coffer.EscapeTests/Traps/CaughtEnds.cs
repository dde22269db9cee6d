namespace Coffer.EscapeTests.Traps;

/// <summary>Guests that catch whatever is thrown, and go on. What ends a guest is nothing that it can catch.</summary>
internal static class CaughtEnds
{
    private const string Imports = """
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (data (i32.const 500) "../x")
        (global $caught (export "caught") (mut i32) (i32.const 0))
        """;

    public static void Deadline(Scene scene)
    {
        foreach (var body in new[] { "(loop (br 0))", "(i64.store (i32.const 24) (i64.const -1)) (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))" })
        {
            var program = Load(scene, body);
            program.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
            scene.Trail.Exhausted(ExhaustionKind.Deadline, () => program.Run());
        }
    }

    public static void Fuel(Scene scene)
    {
        var program = Load(scene, "(loop (br 0))", new StoreLimits { Fuel = 100_000 });
        scene.Trail.Exhausted(ExhaustionKind.Fuel, () => program.Run());
    }

    public static void Stack(Scene scene)
    {
        var program = Load(scene, "(call $deeper)", fields: "(func $deeper (call $deeper) (drop (i32.const 1)))");
        scene.Trail.Exhausted(ExhaustionKind.CallStack, () => program.Run());
    }

    public static void Exit(Scene scene)
    {
        Assert.Equal(7U, Load(scene, "(call $exit (i32.const 7))").Run());
        scene.Trail.Unasked("proc_exit");
    }

    public static void Trap(Scene scene)
    {
        scene.Trail.Trapped(TrapKind.MemoryOutOfBounds, () => Load(scene, "(drop (i32.load (i32.const -1)))").Run());
        scene.Trail.Trapped(TrapKind.Unreachable, () => Load(scene, "(unreachable)").Run());
    }

    /// <summary>A strict trail that cannot be written.</summary>
    public static void StrictTrail(Scene scene)
    {
        using var trail = new AuditTrail([new BrokenSink()], new AuditOptions { IsStrict = true });
        var program = Load(
            scene,
            """
            (loop (drop (call $open (i32.const 3) (i32.const 1) (i32.const 500) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0)
              (i32.const 0) (i32.const 600))) (br 0))
            """,
            options: scene.Options(scene.Data()) with { Audit = trail });
        Assert.Throws<AuditException>(() => program.Run());
        Assert.Empty(scene.Trail.Events);
    }

    // Whatever is caught, the guest starts again.
    private static GuestProgram Load(
        Scene scene, string body, StoreLimits? limits = null, WasiOptions? options = null, string fields = "") => scene.Load($"""
        {Imports} {fields}
        (func (export "_start")
          (loop $again
            (block $caught (try_table (catch_all $caught) {body}))
            (global.set $caught (i32.add (global.get $caught) (i32.const 1)))
            (br_if $again (i32.lt_u (global.get $caught) (i32.const 1000)))))
        """, limits, options);

    private sealed class BrokenSink : AuditSink
    {
        public override void Write(AuditEvent audited) => throw new IOException("no space left");
    }
}
