namespace Coffer.Tests.Embedding;

/// <summary>Functions that a module imports and nobody offers.</summary>
public sealed class UnknownFunctionTests
{
    private readonly Engine engine = new();

    private Instance Instantiate(string wat, Action<Linker>? define = null)
    {
        var module = Module.CompileText(engine, wat);
        var linker = new Linker();
        define?.Invoke(linker);
        return linker.DefineUnknownFunctions(module).Instantiate(new Store(engine), module);
    }

    [Theory]
    [InlineData("(param i32)", "(i32.const 1)", "")]
    [InlineData("(param i64 f32 f64) (result i64)", "(i64.const 1) (f32.const 1) (f64.const 1)", "drop")]
    [InlineData("(param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)", "(i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1)", "")]
    public void Called_EndsTheGuest_WithTheName(string type, string arguments, string after)
    {
        var instance = Instantiate($"""(module (import "host" "unknown" (func $f {type})) (func (export "run") {arguments} call $f {after}) (func (export "other")))""");
        instance.GetAction("other")();
        var failure = Assert.Throws<UnknownImportException>(instance.GetAction("run"));
        Assert.Equal("host.unknown", failure.Name);
        Assert.Contains("host.unknown", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defined_StaysAsItIs()
    {
        var instance = Instantiate(
            """(module (import "host" "known" (func $f (result i32))) (import "host" "unknown" (func)) (func (export "run") (result i32) call $f))""",
            linker => linker.DefineFunction("host", "known", () => 7));
        Assert.Equal(7, instance.GetFunction<int>("run")());
    }

    [Theory]
    [InlineData("(import \"host\" \"g\" (global i32))")]
    [InlineData("(import \"host\" \"f\" (func (result i32 i32)))")]
    [InlineData("(import \"host\" \"f\" (func (param externref)))")]
    public void WhatHasNoDelegate_IsNotLinked(string import) => Assert.Throws<LinkException>(() => Instantiate($"(module {import})"));
}
