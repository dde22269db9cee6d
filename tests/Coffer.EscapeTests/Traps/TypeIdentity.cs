namespace Coffer.EscapeTests.Traps;

/// <summary>Functions that are called as if they had another type, or belonged to another guest.</summary>
internal static class TypeIdentity
{
    private const string Table = """
        (type $none (func)) (type $one (func (param i32) (result i32))) (type $wide (func (param i64) (result i32)))
        (table (export "table") 4 funcref) (elem (i32.const 0) $plain $identity)
        (func $plain) (func $identity (param i32) (result i32) (local.get 0))
        """;

    public static void WrongTypes(Scene scene)
    {
        foreach (var call in new[]
        {
            "(call_indirect (type $none) (i32.const 1))",
            "(drop (call_indirect (type $one) (i32.const 7) (i32.const 0)))",
            "(drop (call_indirect (type $wide) (i64.const 7) (i32.const 1)))",
        })
        {
            var program = scene.Load($"{Table} (func (export \"run\") {call})");
            scene.Trail.Trapped(TrapKind.IndirectCallTypeMismatch, () => program.Call("run"));
        }
    }

    public static void NoFunction(Scene scene)
    {
        Trap(TrapKind.UninitializedElement, "(call_indirect (type $none) (i32.const 2))");
        Trap(TrapKind.UndefinedElement, "(call_indirect (type $none) (i32.const 4))");
        Trap(TrapKind.UndefinedElement, "(call_indirect (type $none) (i32.const -1))");
        Trap(TrapKind.NullFunctionReference, "(call_ref $none (ref.null $none))");

        void Trap(TrapKind kind, string call)
        {
            var program = scene.Load($"{Table} (func (export \"run\") {call})");
            scene.Trail.Trapped(kind, () => program.Call("run"));
        }
    }

    /// <summary>A type of the same shape that is not the same: open for subtypes, and final.</summary>
    public static void SameShape(Scene scene)
    {
        var program = scene.Load("""
            (rec (type $a (sub (func))) (type $b (func)))
            (rec (type $c (sub (func))) (type $d (func (param i32))))
            (table 1 funcref) (elem (i32.const 0) $f) (func $f (type $a))
            (func (export "run") (call_indirect (type $c) (i32.const 0)))
            """);
        scene.Trail.Trapped(TrapKind.IndirectCallTypeMismatch, () => program.Call("run"));
    }

    /// <summary>Another store's function, memory, table or global is taken in at no place.</summary>
    public static void OfAnotherStore(Scene scene)
    {
        const string giving = """
            (memory (export "memory") 1) (table (export "table") 2 funcref) (global (export "global") (mut i32) (i32.const 1))
            (func (export "function")) (tag (export "tag"))
            """;
        using var store = new Store(Guest.Engine);
        var giver = new Linker().Instantiate(store, Module.CompileText(Guest.Engine, $"(module {giving})"));
        foreach (var import in new[]
        {
            "(import \"other\" \"function\" (func))", "(import \"other\" \"memory\" (memory 1))",
            "(import \"other\" \"table\" (table 2 funcref))", "(import \"other\" \"global\" (global (mut i32)))",
        })
        {
            using var second = new Store(Guest.Engine);
            var linker = new Linker().DefineInstance("other", giver);
            var module = Module.CompileText(Guest.Engine, $"(module {import})");
            Assert.ThrowsAny<Exception>(() => linker.Instantiate(second, module));
        }

        var program = scene.Load(Table);
        var function = giver.GetFunction("function");
        Assert.ThrowsAny<ArgumentException>(() => program.Table("table")[3] = Value.Reference(function));
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>An engine numbers its types itself: what one engine has checked is nothing to another.</summary>
    public static void OfAnotherEngine(Scene scene)
    {
        var other = new Engine();
        var module = Module.CompileText(other, "(module (func (export \"run\")))");
        using var store = new Store(Guest.Engine);
        Assert.ThrowsAny<Exception>(() => new Linker().Instantiate(store, module));
        Assert.Empty(scene.Trail.Events);
    }

    /// <summary>What the host has given as a reference is what it was, whatever a guest takes it for.</summary>
    public static void HostReferences(Scene scene)
    {
        using var store = new Store(Guest.Engine);
        var module = Module.CompileText(Guest.Engine, """
            (module
              (type $point (struct (field (mut i64)))) (type $bytes (array (mut i8)))
              (func (export "struct") (param externref) (result i64)
                (struct.get $point 0 (ref.cast (ref $point) (any.convert_extern (local.get 0)))))
              (func (export "array") (param externref) (result i32)
                (array.get_u $bytes (ref.cast (ref $bytes) (any.convert_extern (local.get 0))) (i32.const 0)))
              (func (export "number") (param externref) (result i32)
                (i31.get_s (ref.cast (ref i31) (any.convert_extern (local.get 0)))))
              (func (export "same") (param externref) (result externref)
                (extern.convert_any (any.convert_extern (local.get 0)))))
            """);
        var instance = new Linker().Instantiate(store, module);
        foreach (var secret in new object[] { Scene.Canary, new byte[8], new long[1], 42, new StrongBox(), store })
        {
            foreach (var name in new[] { "struct", "array", "number" })
            {
                scene.Trail.Trapped(TrapKind.CastFailure, () => instance.GetFunction(name).Invoke(Value.Reference(secret)));
            }

            Assert.Same(secret, instance.GetFunction("same").Invoke(Value.Reference(secret))[0].AsReference());
        }
    }

    private sealed class StrongBox
    {
        public long Field { get; } = 7;
    }
}
