using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using Coffer.Tests.Hostile;

namespace Coffer.Tests.Embedding;

/// <summary>Delegates of the host as functions that guests import.</summary>
public sealed class HostFunctionTests
{
    private delegate int Sum20(
        int a, int b, int c, int d, int e, int f, int g, int h, int i, int j,
        int k, int l, int m, int n, int o, int p, int q, int r, int s, int t);

    private sealed record Secret(int Number);

    private readonly struct Adder(int amount)
    {
        public int Add(int value) => value + amount;
    }

    private static int Triple(int value) => value * 3;

    /// <summary>A guest whose function <c>f</c> passes its parameters to a host function and returns its results.</summary>
    private static Instance Through(string parameters, string results, Delegate host)
    {
        var count = parameters.Length == 0 ? 0 : parameters.Split(' ').Length;
        var arguments = string.Concat(Enumerable.Range(0, count).Select(i => $"(local.get {i})"));
        return Guest.Load(
            $"""
            (module (import "host" "f" (func $f (param {parameters}) (result {results})))
              (memory (export "memory") 1)
              (func (export "f") (param {parameters}) (result {results}) (call $f {arguments})))
            """,
            new Linker().DefineFunction("host", "f", host));
    }

    [Fact]
    public void DefineLazily_MakesEachFunctionOnceAndOnlyWhenImported()
    {
        var made = new List<string>();
        var linker = new Linker();
        foreach (var name in new[] { "used", "unused" })
        {
            linker.DefineLazily("host", name, () =>
            {
                made.Add(name);
                return Triple;
            });
        }

        const string guest = """(module (import "host" "used" (func $f (param i32) (result i32))) (export "f" (func $f)))""";
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(21, Guest.Load(guest, linker).GetFunction<int, int>("f")(7));
        }

        Assert.Equal(["used"], made);
    }

    [Fact]
    public void DefineLazily_WhatNoGuestCanCall_IsRefusedWhenImported()
    {
        var linker = new Linker().DefineLazily("host", "f", () => (DateTime _) => { });
        Guest.Load("(module)", linker);
        Assert.Throws<ArgumentException>(() => Guest.Load("""(module (import "host" "f" (func)))""", linker));
    }

    [Fact]
    public void Define_AfterDefineLazily_HasTheLastWord()
    {
        var linker = new Linker().DefineLazily("host", "f", () => () => 1).DefineFunction("host", "f", () => 2);
        Assert.Equal(2, Guest.Load("""(module (import "host" "f" (func $f (result i32))) (export "f" (func $f)))""", linker)
            .GetFunction<int>("f")());
    }

    [Fact]
    public void Call_EveryType_ArrivesAndReturns()
    {
        Assert.Equal(uint.MaxValue, Through("i32", "i32", (uint value) => value).GetFunction<uint, uint>("f")(uint.MaxValue));
        Assert.Equal(ulong.MaxValue, Through("i64", "i64", (ulong value) => value).GetFunction<ulong, ulong>("f")(ulong.MaxValue));
        Assert.Equal(-2L, Through("i64", "i64", (long value) => value * 2).GetFunction<long, long>("f")(-1));
        Assert.Equal(1.5f, Through("f32", "f32", (float value) => value / 2).GetFunction<float, float>("f")(3));
        Assert.Equal(1.5, Through("f64", "f64", (double value) => value / 2).GetFunction<double, double>("f")(3));
        Assert.Equal(1, Through("i32", "i32", (bool value) => value).GetFunction<int, int>("f")(1));
        Assert.Equal(0, Through("i32", "i32", (bool value) => !value).GetFunction<int, int>("f")(1));
        var vector = Vector128.Create(1, 2, 3, 4);
        Assert.Equal(vector + vector, Through("v128", "v128", (Vector128<int> value) => value + value)
            .GetFunction<Vector128<int>, Vector128<int>>("f")(vector));
        Assert.Same(this, Through("externref", "externref", (object? value) => value).GetFunction<object?, object?>("f")(this));
        Assert.Null(Through("externref", "externref", (object? value) => value).GetFunction<object?, object?>("f")(null));
    }

    // i32 as bool: any number but zero is true, also one whose lowest byte is zero.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(256, 1)]
    public void Call_BoolParameter_IsZeroOrNot(int argument, int expected) =>
        Assert.Equal(expected, Through("i32", "i32", (bool value) => value ? 1 : 0).GetFunction<int, int>("f")(argument));

    [Fact]
    public void Call_ClassesOfTheHost_AreCast()
    {
        var pass = Through("externref", "i32", (Secret secret) => secret.Number);
        Assert.Equal(42, pass.GetFunction<object, int>("f")(new Secret(42)));
        Assert.Throws<InvalidCastException>(() => pass.GetFunction<object, int>("f")("no secret"));
        Assert.Equal(7, Assert.IsType<Secret>(Through("i32", "externref", (int number) => new Secret(number))
            .GetFunction<int, object>("f")(7)).Number);
    }

    [Fact]
    public void Call_FuncRef_IsTheGuests()
    {
        var instance = Guest.Load("""
            (module (import "host" "f" (func $f (param funcref) (result funcref)))
              (func $g (export "g") (result i32) (i32.const 7))
              (elem declare func $g)
              (func (export "f") (result funcref) (call $f (ref.func $g))))
            """, new Linker().DefineFunction("host", "f", (FuncRef function) => function.Invoke()[0].AsI32() == 7 ? function : null));
        Assert.Same(instance.GetFunction("g"), instance.GetFunction<FuncRef>("f")());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    public void Call_ManyParameters_ArriveInOrder(int count)
    {
        var parameters = Enumerable.Range(0, count).Select(i => Expression.Parameter(typeof(int))).ToArray();
        var sum = parameters.Select((parameter, i) => (Expression)Expression.Multiply(parameter, Expression.Constant(i + 1)))
            .Aggregate((Expression)Expression.Constant(0), Expression.Add);
        var type = Expression.GetDelegateType([.. Enumerable.Repeat(typeof(int), count + 1)]);
        var instance = Through(Guest.Repeat("i32 ", count).Trim(), "i32", Expression.Lambda(type, sum, parameters).Compile());
        var results = instance.GetFunction("f").Invoke([.. Enumerable.Range(100, count).Select(Value.I32)]);
        Assert.Equal(Enumerable.Range(0, count).Sum(i => (i + 1) * (i + 100)), results[0].AsI32());
    }

    [Fact]
    public void Call_DelegatesOfEveryOrigin_AreCalled()
    {
        Assert.Equal(21, Through("i32", "i32", (Func<int, int>)Triple).GetFunction<int, int>("f")(7));
        Assert.Equal(12, Through("i32", "i32", (Func<int, int>)new Adder(5).Add).GetFunction<int, int>("f")(7));
        Assert.Equal(14, Through("i32", "i32", (Converter<int, int>)(value => value * 2)).GetFunction<int, int>("f")(7));
        var parameter = Expression.Parameter(typeof(int));
        var compiled = Expression.Lambda<Converter<int, int>>(Expression.Negate(parameter), parameter).Compile();
        Assert.Equal(-7, Through("i32", "i32", compiled).GetFunction<int, int>("f")(7));
        Sum20 sum = (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) => a + (1000 * t);
        Assert.Equal(1001, Through(Guest.Repeat("i32 ", 20).Trim(), "i32", sum).GetFunction("f")
            .Invoke([.. Enumerable.Repeat(Value.I32(1), 20)])[0].AsI32());
        var calls = 0;
        Action twice = () => calls++;
        twice += () => calls += 10;
        Through("", "", twice).GetAction("f")();
        Assert.Equal(11, calls);
    }

    [Fact]
    public void Call_Tuples_AreResultsInOrder()
    {
        Assert.Equal((1, 2L), Through("", "i32 i64", () => (1, 2L)).GetFunction<(int, long)>("f")());
        Assert.Equal(
            (1, 2L, 3f, 4.0, 5u, "six", Vector128.Create(7)),
            Through("", "i32 i64 f32 f64 i32 externref v128", () => (1u, 2UL, 3f, 4.0, 5, "six", Vector128.Create(7)))
                .GetFunction<(int, long, float, double, uint, string, Vector128<int>)>("f")());
        Assert.Equal((1, 0), Through("", "i32 i32", () => (true, false)).GetFunction<(int, int)>("f")());
    }

    [Fact]
    public void DefineFunction_NoWasmType_NamesTheType()
    {
        var linker = new Linker();
        Assert.Contains("DateTime", Assert.Throws<ArgumentException>(
            () => linker.DefineFunction("m", "f", (DateTime time) => { })).Message, StringComparison.Ordinal);
        Assert.Contains("Nullable", Assert.Throws<ArgumentException>(
            () => linker.DefineFunction("m", "f", () => (int?)1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => linker.DefineFunction("m", "f", () => (1, 2, 3, 4, 5, 6, 7, 8)));
        Assert.Throws<ArgumentException>(() => linker.DefineFunction("m", "f", () => (byte)1));
        var made = Expression.GetDelegateType([.. Enumerable.Repeat(typeof(int), 18)]);
        Assert.Contains("declare its type", Assert.Throws<ArgumentException>(() => linker.DefineFunction("m", "f", Expression.Lambda(
            made, Expression.Constant(1), Enumerable.Range(0, 17).Select(_ => Expression.Parameter(typeof(int)))).Compile())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => linker.DefineFunction("m", "f", null!));
    }

    [Fact]
    public void Caller_InAHostFunction_IsTheImporter()
    {
        var seen = new List<Caller>();
        var linker = new Linker().DefineFunction("host", "f", (Caller caller, int address) =>
        {
            seen.Add(caller);
            return caller.Memory.Read<int>((uint)address);
        });
        const string text = """
            (module (import "host" "f" (func $f (param i32) (result i32)))
              (memory (export "memory") 1) (data (i32.const 8) "\2a")
              (func (export "f") (param i32) (result i32) (call $f (local.get 0)))
              (export "host" (func $f)))
            """;
        var first = Guest.Load(text, linker);
        var second = Guest.Load(text, linker);
        Assert.Equal(42, first.GetFunction<int, int>("f")(8));
        Assert.Equal(0, second.GetFunction<int, int>("f")(0));
        Assert.Equal(42, first.GetFunction<int, int>("host")(8));
        Assert.Equal([first, second, first], seen.Select(caller => caller.Instance));
        Assert.Equal([first.Store, second.Store, first.Store], seen.Select(caller => caller.Store));
        Assert.Throws<InvalidOperationException>(() => default(Caller).Instance);
        Assert.Throws<InvalidOperationException>(() => default(Caller).Store);
    }

    [Fact]
    public void Caller_WithoutMemory_SaysSo()
    {
        var instance = Guest.Load(
            "(module (import \"host\" \"f\" (func $f)) (export \"f\" (func $f)))",
            new Linker().DefineFunction("host", "f", (Caller caller) => { _ = caller.Memory; }));
        Assert.Throws<KeyNotFoundException>(instance.GetAction("f"));
    }

    [Fact]
    public void Caller_InAStartFunction_HasTheInstance()
    {
        Caller seen = default;
        var instance = Guest.Load(
            "(module (import \"host\" \"f\" (func $f)) (memory (export \"memory\") 3) (start $f))",
            new Linker().DefineFunction("host", "f", (Caller caller) =>
            {
                seen = caller;
                Assert.Equal(3UL, caller.Memory.PageCount);
            }));
        Assert.Same(instance, seen.Instance);
    }

    [Theory]
    [InlineData("(ref extern)")]
    [InlineData("funcref")]
    [InlineData("i31ref")]
    [InlineData("structref")]
    [InlineData("exnref")]
    [InlineData("nullexternref")]
    public void Call_HostReturnsAnotherReference_IsCaught(string type)
    {
        object? returned = type == "(ref extern)" ? null : "text";
        var instance = Guest.Load(
            $"(module (import \"host\" \"f\" (func $f (result {type}))) (func (export \"f\") (drop (call $f))))",
            new Linker().DefineFunction("host", "f", () => returned));
        Assert.Contains("A host function returned", Assert.Throws<InvalidCastException>(instance.GetAction("f")).Message, StringComparison.Ordinal);
    }
}
