namespace Coffer.EscapeTests.Pointers;

/// <summary>Modules that call the host without being what the host expects of one.</summary>
internal static class StrangeModules
{
    private const string Import = """(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))""";

    /// <summary>Pointers into no memory: none is exported, or something else is under its name.</summary>
    public static void WithoutMemory(Scene scene)
    {
        foreach (var fields in new[]
        {
            "", "(memory 1)", "(table (export \"memory\") 1 funcref)", "(func (export \"memory\"))",
            "(global (export \"memory\") i32 (i32.const 0))", "(memory (export \"Memory\") 1)",
        })
        {
            var program = scene.Load($"{Import} {fields} (func (export \"_start\") (drop (call $random (i32.const 0) (i32.const 8))))");
            Assert.Contains("memory", Assert.Throws<LinkException>(() => program.Run()).Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(scene.Trail.Events, audited => !audited.Allowed);
    }

    /// <summary>Memories of other sizes than pages, of none, and with 64-bit addresses.</summary>
    public static void StrangeMemories(Scene scene)
    {
        foreach (var (memory, expected) in new[]
        {
            ("(memory (export \"memory\") 0)", Errno.Fault), ("(memory (export \"memory\") 7 7 (pagesize 1))", Errno.Fault),
            ("(memory (export \"memory\") 8 8 (pagesize 1))", Errno.Success), ("(memory (export \"memory\") i64 1)", Errno.Success),
            ("(memory 0) (memory (export \"memory\") 1)", Errno.Success),
        })
        {
            var program = scene.Load($"{Import} {memory} (func (export \"run\") (result i32) (call $random (i32.const 0) (i32.const 8)))");
            Assert.Equal(expected, (Errno)program.Call("run")[0].AsI32());
        }

        Assert.All(scene.Trail.Events, audited => Assert.True(audited.Allowed));
    }

    /// <summary>Calls while the module is still being instantiated.</summary>
    public static void FromTheStart(Scene scene)
    {
        var program = scene.Load("""
            (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 100) "../outside/secret")
            (global $error (mut i32) (i32.const -1))
            (func $start (global.set $error (call $open (i32.const 3) (i32.const 1) (i32.const 100) (i32.const 17) (i32.const 0)
              (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 600))))
            (start $start)
            (func (export "error") (result i32) (global.get $error))
            """, options: scene.Options(scene.Data()));
        Assert.Equal(Errno.Permission, (Errno)program.Call("error")[0].AsI32());
        scene.Trail.Denied("path_open", "/data/../outside/secret");
    }

    /// <summary>Imports by the right names with other types are other functions.</summary>
    public static void OtherSignatures(Scene scene)
    {
        foreach (var type in new[] { "(param i32)", "(param i32 i32)", "(param i64 i32) (result i32)", "(param i32 i32) (result i64)", "(param i32 i32 i32) (result i32)" })
        {
            Assert.Throws<LinkException>(() => scene.Load($"(import \"wasi_snapshot_preview1\" \"random_get\" (func {type}))"));
        }

        Assert.Empty(scene.Trail.Events);
    }
}
