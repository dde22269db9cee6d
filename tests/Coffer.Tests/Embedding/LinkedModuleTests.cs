using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Coffer.Compilation;
using Coffer.Embedding;
using Coffer.Text;

namespace Coffer.Tests.Embedding;

/// <summary>Modules that are part of a program: what their image offers, and whom it refuses.</summary>
public sealed class LinkedModuleTests
{
    private const string Calculator =
        """
        (module
          (import "host" "log" (func $log (param i32 i64) (result i32)))
          (import "host" "note" (func $note (param f64)))
          (import "host" "keep" (func $keep (param externref)))
          (memory (export "memory") 1)
          (data (i32.const 4) "abc")
          (global $g (mut i32) (i32.add (i32.const 20) (i32.const 1)))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "mix") (param i64 f32) (result i64 f32 f64) (local.get 0) (local.get 1) (f64.const 0.5))
          (func (export "log") (param i32) (result i32) (call $log (local.get 0) (i64.const 5)))
          (func (export "note") (call $note (f64.const 1.5)))
          (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "global") (result i32) (global.get $g))
          (func (export "same") (param externref) (result externref) (local.get 0))
          (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
          (func (export "spin") (loop $again (br $again)))
          (func (export "deep") (param i32) (result i32) (call $deep (local.get 0))))
        """;

    private static readonly byte[] Binary = TextFormat.Parse(System.Text.Encoding.UTF8.GetBytes(Calculator), Features.All);

    private static byte[] Image(EngineOptions? options = null, string assembly = "Calculator") =>
        Module.CompileLinked(new Engine(options), Binary, new LinkedTarget(assembly, "calculator.wat")).Image;

    /// <summary>Loads an image as a program would have it, and calls its public entry.</summary>
    private static Module Load(byte[] image, Engine engine)
    {
        var assembly = new AssemblyLoadContext("program", isCollectible: false).LoadFromStream(new MemoryStream(image));
        var load = assembly.ExportedTypes.Single().GetMethod("Load")!.CreateDelegate<Func<Engine, Module>>();
        return load(engine);
    }

    private static Instance Instantiate(Module module, Linker? linker = null)
    {
        linker ??= new Linker().DefineFunction("host", "log", (int a, long b) => a + (int)b).DefineFunction("host", "note", (double _) => { });
        return linker.DefineFunction("host", "keep", (object? _) => { }).Instantiate(new Store(module.Engine), module);
    }

    private static bool IsCompiledAhead(Delegate function) =>
        function.Method.Module.ScopeName == "Calculator.dll" && function.Method.DeclaringType?.Name == "Linked";

    [Fact]
    public void Exports_OfNumbers_AreCalledByCodeOfTheImage()
    {
        var instance = Instantiate(Load(Image(), new Engine()));
        var add = instance.GetDelegate<Func<int, int, int>>("add");
        Assert.True(IsCompiledAhead(add));
        Assert.Equal(-1, add(int.MaxValue, int.MinValue));
        var mix = instance.GetDelegate<Func<long, float, (long, float, double)>>("mix");
        Assert.True(IsCompiledAhead(mix));
        Assert.Equal((long.MinValue, -0.25f, 0.5), mix(long.MinValue, -0.25f));
        Assert.Equal('c', instance.GetFunction<int, int>("read")(6));
        Assert.Equal(21, instance.GetFunction<int>("global")());
        Assert.Equal(5, instance.GetFunction("add").Invoke(Value.I32(2), Value.I32(3))[0].AsI32());
    }

    [Fact]
    public void Exports_AsOtherDelegates_AreCheckedAndMadeAtRunTime()
    {
        var instance = Instantiate(Load(Image(), new Engine()));
        var add = instance.GetDelegate<Func<uint, uint, uint>>("add");
        Assert.False(IsCompiledAhead(add));
        Assert.Equal(uint.MaxValue, add(uint.MaxValue - 1, 1));
        Assert.Same(this, instance.GetFunction<object?, object?>("same")(this));
        Assert.Throws<ArgumentException>(() => instance.GetFunction<long, int>("read"));

        // Another function has just this delegate, compiled ahead.
        Assert.Throws<ArgumentException>(() => instance.GetFunction<int, int, int>("read"));
    }

    [Fact]
    public void Imports_OfNumbers_AreCalledByCodeOfTheImage()
    {
        var module = Load(Image(), new Engine());
        double noted = 0;
        Caller seen = default;
        var instance = Instantiate(module, new Linker()
            .DefineFunction("host", "log", (Caller caller, int a, long b) =>
            {
                seen = caller;
                return a * (int)b;
            })
            .DefineFunction("host", "note", (double value) => { noted = value; }));
        Assert.Equal(35, instance.GetFunction<int, int>("log")(7));
        instance.GetAction("note")();
        Assert.Equal(1.5, noted);
        Assert.Equal((byte)'a', seen.Memory.Read<byte>(4));
        Assert.NotNull(LinkedThunks.Find(typeof(Func<int, long, int>)));
        Assert.NotNull(LinkedThunks.Find(typeof(Action<double>)));
    }

    [Fact]
    public void Imports_ThatThrow_ThrowTheirOwn()
    {
        var instance = Instantiate(Load(Image(), new Engine()), new Linker()
            .DefineFunction("host", "log", int (int a, long _) => a == 0 ? throw new ArithmeticException("mine") : throw new InvalidOperationException("other"))
            .DefineFunction("host", "note", void (double _) => throw new DivideByZeroException("also mine")));
        var log = instance.GetFunction<int, int>("log");
        Assert.Equal("mine", Assert.Throws<ArithmeticException>(() => log(0)).Message);
        Assert.Equal("other", Assert.Throws<InvalidOperationException>(() => log(1)).Message);
        Assert.Equal("also mine", Assert.Throws<DivideByZeroException>(instance.GetAction("note")).Message);
        Assert.Equal(3, instance.GetFunction<int, int, int>("add")(1, 2));
    }

    [Fact]
    public void Traps_HaveTheirBacktrace()
    {
        var instance = Instantiate(Load(Image(), new Engine()));
        var read = instance.GetFunction<int, int>("read");
        var trap = Assert.Throws<TrapException>(() => read(-1));
        Assert.Equal(TrapKind.MemoryOutOfBounds, trap.Kind);
        Assert.Equal("read (calculator.wat+0x", Assert.Single(trap.WasmTrace).ToString()[..23]);
        var deep = instance.GetFunction<int, int>("deep");
        Assert.Equal(ExhaustionKind.CallStack, Assert.Throws<ExhaustionException>(() => deep(1)).Kind);
        Assert.Equal(3, instance.GetFunction<int, int, int>("add")(1, 2));
    }

    [Fact]
    public void Deadline_EndsTheGuest()
    {
        var instance = Instantiate(Load(Image(), new Engine()));
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(20));
        Assert.Equal(ExhaustionKind.Deadline, Assert.Throws<ExhaustionException>(instance.GetAction("spin")).Kind);
    }

    [Fact]
    public void Load_EngineWithOtherOptions_IsRefusedWithWhatItNeeds()
    {
        Assert.Contains("ConsumeFuel = false", Refusal(new EngineOptions(), new EngineOptions { ConsumeFuel = true }));
        Assert.Contains("ConsumeFuel = true", Refusal(new EngineOptions { ConsumeFuel = true }, new EngineOptions()));
        Assert.Contains("Interruptible = false", Refusal(new EngineOptions { Interruptible = false }, new EngineOptions()));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is one kind of memory only");
        var @checked = new EngineOptions { Memory = MemoryOptions.Default with { Mode = MemoryMode.Checked } };
        Assert.Contains("other options", Refusal(new EngineOptions(), @checked));
        Assert.Contains("other options", Refusal(@checked, new EngineOptions()));
    }

    private static string Refusal(EngineOptions built, EngineOptions here) =>
        Assert.Throws<InvalidOperationException>(() => Load(Image(built), new Engine(here))).Message;

    [Fact]
    public void Load_AnotherBuildOfTheEngine_IsRefused()
    {
        // The identity is a string of the image, in UTF-16.
        var image = Image();
        var identity = System.Text.Encoding.Unicode.GetBytes(LinkedCode.EngineIdentity);
        var at = image.AsSpan().IndexOf(identity);
        Assert.True(at > 0);
        image[at] = (byte)(image[at] == '0' ? '1' : '0');
        Assert.Contains("another build", Assert.Throws<InvalidOperationException>(() => Load(image, new Engine())).Message);
    }

    [Fact]
    public void Load_TheOptionsItNames_AreThoseItFits()
    {
        var options = new EngineOptions
        {
            ConsumeFuel = true, Interruptible = false, Features = Features.All & ~Features.Threads,
            Memory = MemoryOptions.Default with { Mode = MemoryMode.Checked },
        };
        var linked = Load(Image(options), new Engine(options)).Linked!;
        Assert.Equal(options, linked.Options);
    }

    [Fact]
    public void Load_ManyTimesAndEngines_AreIndependent()
    {
        var image = Image();
        var modules = Enumerable.Range(0, 3).Select(_ => Load(image, new Engine())).ToList();
        Assert.All(modules, module => Assert.Equal(9, Instantiate(module).GetFunction<int, int, int>("add")(4, 5)));
        Assert.All(modules, module => Assert.True(module.IsNative));
        modules[0].Prepare(cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Functions_MoreThanABlock_AllHaveTheirEntryPoint()
    {
        const int count = (LinkedCode.RowsPerBlock * 2) + 3;
        var functions = string.Concat(Enumerable.Range(0, count).Select(i => $"(func (export \"f{i}\") (result i32) (i32.const {i}))"));
        var bytes = TextFormat.Parse(System.Text.Encoding.UTF8.GetBytes($"(module {functions})"), Features.All);
        var engine = new Engine();
        var module = Load(Module.CompileLinked(engine, bytes, new LinkedTarget("Many", "many")).Image, engine);
        using var store = new Store(engine);
        var instance = new Linker().Instantiate(store, module);
        for (var i = 0; i < count; i++) Assert.Equal(i, instance.GetFunction<int>($"f{i}")());
    }

    [Fact]
    public void Images_OfTheSameModule_AreTheSame() => Assert.Equal(Image(), Image());

    [Fact]
    public void Signatures_AreDistinctAndOfNumbers()
    {
        var definition = Module.Compile(new Engine(), Binary).Definition;
        var signatures = LinkedSignatures.Of(definition);
        Assert.Equal(["[i32 i64] -> [i32]", "[f64] -> []"], signatures.Imports.Select(type => type.ToString()));
        Assert.Equal(
            ["[i32 i32] -> [i32]", "[i64 f32] -> [i64 f32 f64]", "[i32] -> [i32]", "[] -> []", "[] -> [i32]"],
            signatures.Exports.Select(type => type.ToString()));
    }
}
