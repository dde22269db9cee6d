namespace Coffer.EscapeTests.Traps;

/// <summary>
/// Accesses beyond the memory and the tables of a guest. No function of the host is called, so the trail has nothing of
/// them: the trap says what was tried, and where.
/// </summary>
internal static class MemoryAccesses
{
    private const string Memory = "(memory (export \"memory\") 1 2) ";

    public static void Loads(Scene scene) => EachTraps(scene, TrapKind.MemoryOutOfBounds,
        "(drop (i32.load (i32.const 65533)))",
        "(drop (i32.load8_u (i32.const 65536)))",
        "(drop (i64.load (i32.const -1)))",
        "(drop (i64.load offset=0xFFFFFFFF (i32.const -1)))",
        "(drop (i32.load offset=0xFFFFFFF0 (i32.const 16)))",
        "(drop (f64.load offset=65529 (i32.const 0)))",
        "(drop (v128.load (i32.const 65521)))",
        "(drop (v128.load offset=0xFFFFFFFF (i32.const 0x7FFFFFFF)))");

    public static void Stores(Scene scene) => EachTraps(scene, TrapKind.MemoryOutOfBounds,
        "(i32.store (i32.const 65533) (i32.const 1))",
        "(i32.store8 (i32.const -1) (i32.const 1))",
        "(i64.store offset=0xFFFFFFFF (i32.const 1) (i64.const 1))",
        "(v128.store (i32.const 65530) (v128.const i64x2 1 1))",
        "(drop (i32.atomic.rmw.add (i32.const 65536) (i32.const 1)))",
        "(drop (i64.atomic.rmw.cmpxchg (i32.const 0x80000000) (i64.const 1) (i64.const 1)))");

    public static void Bulk(Scene scene) => EachTraps(scene, TrapKind.MemoryOutOfBounds,
        "(memory.fill (i32.const 65535) (i32.const 1) (i32.const 2))",
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))",
        "(memory.fill (i32.const 65537) (i32.const 1) (i32.const 0))",
        "(memory.copy (i32.const 1) (i32.const 0) (i32.const 65536))",
        "(memory.copy (i32.const -1) (i32.const 0) (i32.const 2))",
        "(memory.copy (i32.const 0) (i32.const 0xFFFFFFF0) (i32.const 0x20))",
        "(memory.init 0 (i32.const 65535) (i32.const 0) (i32.const 2))",
        "(memory.init 0 (i32.const 0) (i32.const 3) (i32.const 2))");

    /// <summary>A memory of 64-bit addresses, where base and offset can wrap around.</summary>
    public static void WideAddresses(Scene scene)
    {
        foreach (var access in new[]
        {
            "(drop (i32.load offset=0xFFFFFFFFFFFFFFFF (i64.const 1)))",
            "(drop (i64.load (i64.const -1)))",
            "(drop (i64.load offset=0x7FFFFFFFFFFFFFFF (i64.const 0x7FFFFFFFFFFFFFFF)))",
            "(i32.store offset=0xFFFFFFFF00000000 (i64.const 0x100000000) (i32.const 1))",
            "(memory.fill (i64.const 0) (i32.const 1) (i64.const -1))",
            "(memory.copy (i64.const -16) (i64.const 0) (i64.const 32))",
        })
        {
            var program = scene.Load($"(memory (export \"memory\") i64 1 2) (func (export \"run\") {access})");
            scene.Trail.Trapped(TrapKind.MemoryOutOfBounds, () => program.Call("run"));
        }
    }

    /// <summary>Beyond the end until it grows, and not a byte further after.</summary>
    public static void AfterGrowing(Scene scene)
    {
        var program = scene.Load(Memory + """
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "grow") (result i32) (memory.grow (i32.const 1)))
            """);
        scene.Trail.Trapped(TrapKind.MemoryOutOfBounds, () => program.Call("load", Value.I32(65536)));
        Assert.Equal(1, program.Call("grow")[0].AsI32());
        Assert.Equal(0, program.Call("load", Value.I32(131068))[0].AsI32());
        scene.Trail.Trapped(TrapKind.MemoryOutOfBounds, () => program.Call("load", Value.I32(131069)));
        Assert.Equal(-1, program.Call("grow")[0].AsI32());
    }

    public static void Tables(Scene scene) => EachTraps(scene, TrapKind.TableOutOfBounds,
        "(drop (table.get (i32.const 4)))",
        "(drop (table.get (i32.const -1)))",
        "(table.set (i32.const 4) (ref.null func))",
        "(table.fill (i32.const 3) (ref.null func) (i32.const 2))",
        "(table.copy (i32.const 0) (i32.const 3) (i32.const 2))",
        "(table.init 0 (i32.const 0) (i32.const 1) (i32.const 1))",
        "(table.init 0 (i32.const -1) (i32.const 0) (i32.const 1))");

    /// <summary>Objects of the collected heap are checked as well.</summary>
    public static void Objects(Scene scene)
    {
        EachTraps(scene, TrapKind.ArrayOutOfBounds,
            "(drop (array.get $bytes (array.new_default $bytes (i32.const 4)) (i32.const 4)))",
            "(drop (array.get $bytes (array.new_default $bytes (i32.const 4)) (i32.const -1)))",
            "(array.fill $bytes (array.new_default $bytes (i32.const 4)) (i32.const 1) (i32.const 1) (i32.const -1))",
            "(array.copy $bytes $bytes (array.new_default $bytes (i32.const 4)) (i32.const 1) (array.new_default $bytes (i32.const 9)) (i32.const 0) (i32.const 9))");
        EachTraps(scene, TrapKind.CastFailure,
            "(drop (ref.cast (ref $bytes) (ref.i31 (i32.const 1))))",
            "(drop (ref.cast (ref $bytes) (array.new_default $words (i32.const 1))))");
    }

    private static void EachTraps(Scene scene, TrapKind kind, params string[] accesses)
    {
        foreach (var access in accesses)
        {
            var program = scene.Load($"""
                (type $bytes (array (mut i32))) (type $words (array (mut i64)))
                (data "abc") (table 4 funcref) (elem func 0)
                {Memory}
                (func (export "run") {access})
                """);
            scene.Trail.Trapped(kind, () => program.Call("run"));
        }
    }
}
