using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Coffer.Tests.Hostile;

/// <summary>Modules, stores and their memories go when nobody holds them.</summary>
public sealed class CollectionTests
{
    private const string Text = """
        (module
          (memory (export "memory") 4)
          (global $g (mut i64) (i64.const NUMBER))
          (table 10 funcref)
          (func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const NUMBER)))
          (func (export "run") (param i32) (result i32)
            (i32.store (i32.const 70000) (local.get 0))
            (call $f (i32.load (i32.const 70000)))))
        """;

    [Fact]
    public void Compile_AThousandModulesDropped_AreCollected()
    {
        var engine = new Engine();
        var modules = new List<WeakReference>();
        for (var i = 0; i < 1_000; i++) modules.Add(Use(engine, i, i % 2 == 0 ? null : "named"));
        Assert.True(WaitUntil(() => modules.Count(module => module.IsAlive) < 20), $"{modules.Count(module => module.IsAlive)} are alive");
        GC.KeepAlive(engine);
    }

    [Fact]
    public void WasmTrace_ModuleDropped_IsStillThere()
    {
        var trap = TrapAndDrop();
        Assert.True(WaitUntil(() => !trap.Module.IsAlive));
        Assert.Equal("run", Assert.Single(trap.Exception.WasmTrace).FunctionName);
    }

    [Fact]
    public void Store_Disposed_GivesItsMemoryBack()
    {
        var engine = new Engine();
        var module = Module.CompileText(engine, "(module (memory 1000) (func (export \"run\") (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536000))))");
        using (var warm = new Store(engine)) new Linker().Instantiate(warm, module).GetAction("run")();
        var before = ResidentBytes();
        for (var i = 0; i < 50; i++)
        {
            using var store = new Store(engine);
            new Linker().Instantiate(store, module).GetAction("run")();
        }

        // Fifty times 64 MB would be 3.2 GB.
        Assert.True(ResidentBytes() - before < 400L << 20, $"{before} to {ResidentBytes()}");
    }

    [Fact]
    public void Module_WithAnImageInAnIdleSlot_IsCollectedWithIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "images are a matter of Linux");
        var engine = new Engine();
        var used = Enumerable.Range(0, 5).Select(number => UseWithImage(engine, number)).ToList();
        Assert.True(WaitUntil(() => used.TrueForAll(one => !one.Module.IsAlive && !one.Image.IsAlive)));
        var plain = Module.CompileText(engine, "(module (memory (export \"memory\") 4))");
        var stores = Enumerable.Range(0, 70).Select(_ => new Store(engine)).ToList();
        foreach (var store in stores)
        {
            Assert.False(new Linker().Instantiate(store, plain).GetMemory().GetSpan(0, 4 << 16).ContainsAnyExcept((byte)0));
        }

        stores.ForEach(store => store.Dispose());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Module, WeakReference Image) UseWithImage(Engine engine, int number)
    {
        var module = Module.CompileText(engine, $"""
            (module (memory (export "memory") 4) (data (i32.const 70000) "{new string((char)('a' + number), 30_000)}")
              (func (export "run") (param i32) (result i32) (i32.load8_u (local.get 0))))
            """);
        var image = new WeakReference(null);
        for (var i = 0; i < 4; i++)
        {
            using var store = new Store(engine);
            var instance = new Linker().Instantiate(store, module);
            Assert.Equal('a' + number, instance.GetFunction<int, int>("run")(99_999));
            image.Target = instance.Guest.Memories[0].Image;
        }

        Assert.NotNull(image.Target);
        return (new WeakReference(module), image);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Use(Engine engine, int number, string? name)
    {
        var module = Module.CompileText(engine, Text.Replace("NUMBER", $"{number}", StringComparison.Ordinal), name);
        using var store = new Store(engine);
        var instance = new Linker().Instantiate(store, module);
        Assert.Equal(5 + number, instance.GetFunction<int, int>("run")(5));

        // A context that nobody holds begins to unload, and is there until that has ended.
        return new WeakReference(AssemblyLoadContext.GetLoadContext(instance.Guest.GetType().Assembly), trackResurrection: true);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (TrapException Exception, WeakReference Module) TrapAndDrop()
    {
        var instance = Guest.Load("(module (func (export \"run\") (unreachable)))", engine: new Engine());
        using var store = instance.Store;
        return (Assert.Throws<TrapException>(instance.GetAction("run")), new WeakReference(instance.Module));
    }

    private static bool WaitUntil(Func<bool> condition)
    {
        for (var i = 0; i < 50; i++)
        {
            if (condition()) return true;
            Collect();
            Thread.Sleep(20);
        }

        return condition();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static long ResidentBytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
