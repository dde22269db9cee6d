using System.Runtime.CompilerServices;

namespace Coffer.Tests.Compilation;

public sealed class GcLifetimeTests
{
    private const string Producer = """
        (module
          (rec (type $list (struct (field i32) (field (mut (ref null $list))))))
          (func (export "make") (param i32) (result (ref $list)) (struct.new $list (local.get 0) (ref.null $list)))
          (func (export "as any") (param i32) (result anyref) (struct.new $list (local.get 0) (ref.null $list))))
        """;

    private const string Consumer = """
        (module
          (type $other (struct (field f64)))
          (rec (type $list (struct (field i32) (field (mut (ref null $list))))))
          (rec (type $mine (struct (field i32) (field (mut (ref null $mine))))) (type (struct)))
          (import "p" "make" (func $make (param i32) (result (ref $list))))
          (import "p" "as any" (func $any (param i32) (result anyref)))
          (func (export "same") (result i32) (struct.get $list 0 (ref.cast (ref $list) (call $any (i32.const 42)))))
          (func (export "direct") (result i32) (struct.get $list 0 (call $make (i32.const 43))))
          (func (export "other") (result i32) (ref.test (ref $mine) (call $any (i32.const 1)))))
        """;

    [Fact]
    public void Casts_TypesOfTwoModules_EquivalentOnesAreTheSame()
    {
        var program = new GcProgram();
        program.Add(Producer, "p");
        var consumer = program.Add(Consumer);

        Assert.Equal(42, consumer.GetFunction<int>("same")());
        Assert.Equal(43, consumer.GetFunction<int>("direct")());
        Assert.Equal(0, consumer.GetFunction<int>("other")());
    }

    [Fact]
    public void Invoke_ObjectOfAnotherType_IsRefused()
    {
        var program = new GcProgram();
        var instance = program.Add("""
            (module (type $t (struct (field i32))) (type $u (struct (field i64)))
              (func (export "t") (result (ref $t)) (struct.new $t (i32.const 3)))
              (func (export "u") (result anyref) (struct.new $u (i64.const 3)))
              (func (export "get") (param (ref $t)) (result i32) (struct.get $t 0 (local.get 0)))
              (func (export "eq") (param eqref)))
            """);
        var get = instance.GetFunction("get");
        var good = instance.GetFunction("t").Invoke()[0];
        var bad = instance.GetFunction("u").Invoke()[0];

        Assert.Equal(3, get.Invoke(good)[0].AsI32());
        Assert.Throws<ArgumentException>(() => get.Invoke(bad));
        Assert.Throws<ArgumentException>(() => get.Invoke(Value.Reference("text")));
        Assert.Throws<ArgumentException>(() => get.Invoke(Value.Reference(null)));
        Assert.Empty(instance.GetFunction("eq").Invoke(bad));
        Assert.Throws<ArgumentException>(() => instance.GetFunction("eq").Invoke(Value.Reference("text")));
    }

    [Fact]
    public void HostRoot_InstanceDropped_ObjectStaysUsable()
    {
        var engine = new Engine();
        var value = MakeAndDrop(engine);
        Collect(() => true);
        var consumer = new Linker().Instantiate(new Store(engine), Module.CompileText(engine, """
            (module
              (rec (type $list (struct (field i32) (field (mut (ref null $list))))))
              (func (export "get") (param (ref $list)) (result i32) (struct.get $list 0 (local.get 0))))
            """));

        Assert.Equal(77, consumer.GetFunction("get").Invoke(value)[0].AsI32());
    }

    [Fact]
    public void Module_Dropped_IsUnloadedWithItsLayouts()
    {
        var engine = new Engine();
        var (code, layout) = RunAndDrop(engine);

        Collect(() => !code.IsAlive && !layout.IsAlive);

        Assert.False(code.IsAlive);
        Assert.False(layout.IsAlive);
        GC.KeepAlive(engine);
    }

    [Fact]
    public void Allocation_ManyDeadObjects_AreCollected()
    {
        var result = GcProgram.Run("""
            (module (type $t (struct (field i64) (field (ref null $t)))) (type $a (array i8))
              (func (export "run") (param $n i32) (result i32) (local $x (ref null $t))
                (loop $l
                  (local.set $x (struct.new $t (i64.const 1) (ref.null $t)))
                  (drop (array.new_default $a (i32.const 10000)))
                  (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (ref.is_null (local.get $x))))
            """, 200_000);

        Assert.Equal(0, result.AsI32());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Value MakeAndDrop(Engine engine) =>
        new Linker().Instantiate(new Store(engine), Module.CompileText(engine, Producer)).GetFunction("make").Invoke(77)[0];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Code, WeakReference Layout) RunAndDrop(Engine engine)
    {
        var instance = new Linker().Instantiate(new Store(engine), Module.CompileText(engine, Producer));
        var value = instance.GetFunction("make").Invoke(1)[0].AsReference()!;
        return (new WeakReference(instance.Guest.GetType().Assembly), new WeakReference(value.GetType().Assembly));
    }

    private static void Collect(Func<bool> done)
    {
        for (var i = 0; i < 20; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            if (i > 2 && done()) return;
        }
    }
}
