using Coffer.Tests.Hostile;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>What does not fit an import is refused, by names and with both types.</summary>
public sealed class LinkErrorTests : IDisposable
{
    private readonly Store store = new(Guest.Default);

    public void Dispose() => store.Dispose();

    private string Error(string import, Linker linker) => Assert.Throws<LinkException>(() => linker.Instantiate(
        store, Module.CompileText(store.Engine, $"(module (type $t (func (param i32) (result i64))) (import \"a\" \"b\" {import}))"))).Message;

    private Linker Define(object entity) => entity switch
    {
        Delegate function => new Linker().DefineFunction("a", "b", function),
        Table table => new Linker().Define("a", "b", table),
        Memory memory => new Linker().Define("a", "b", memory),
        Global global => new Linker().Define("a", "b", global),
        _ => new Linker().Define("a", "b", (Tag)entity),
    };

    [Theory]
    [InlineData("(func (type $t))", "function")]
    [InlineData("(table 1 funcref)", "table")]
    [InlineData("(memory 1)", "memory")]
    [InlineData("(global i32)", "global")]
    [InlineData("(tag)", "tag")]
    public void Instantiate_MissingImport_NamesIt(string import, string kind)
    {
        Assert.Equal($"unknown import: {kind} \"a\" \"b\" is not defined", Error(import, new Linker()));
        Assert.Contains($"must be a {kind}", Error(import, Define(kind == "global" ? new Tag(store) : new Global(
            store, new GlobalType(ValueType.F64, true), 1.0))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(memory 3)", "2 of 2 pages")]
    [InlineData("(memory 1 5)", "2 of 2 pages")]
    [InlineData("(memory i64 1)", "2 of 2 pages")]
    [InlineData("(memory 1 5 shared)", "2 of 2 pages")]
    [InlineData("(memory 1 (pagesize 1))", "2 of 2 pages")]
    public void Instantiate_OtherMemory_SaysBothTypes(string import, string actual)
    {
        var error = Error(import, Define(new Memory(store, new MemoryType(new Limits(2, null)))));
        var expected = import["(memory ".Length..^1];
        Assert.Equal($"incompatible import type: \"a\" \"b\" must be a memory {expected}, but is a memory {actual}", error);
    }

    [Theory]
    [InlineData("3 funcref")]
    [InlineData("1 5 funcref")]
    [InlineData("i64 1 funcref")]
    [InlineData("1 externref")]
    [InlineData("1 (ref func)")]
    public void Instantiate_OtherTable_SaysBothTypes(string import)
    {
        var table = new Table(store, new TableType(ValueType.FuncRef, new Limits(2, 9)), Value.Reference(null));
        Assert.Equal(
            $"incompatible import type: \"a\" \"b\" must be a table {import}, but is a table 2 9 funcref of 2 elements",
            Error($"(table {import})", Define(table)));
    }

    [Theory]
    [InlineData("i32")]
    [InlineData("i64")]
    [InlineData("(mut f64)")]
    [InlineData("externref")]
    public void Instantiate_OtherGlobal_SaysBothTypes(string import) => Assert.Equal(
        $"incompatible import type: \"a\" \"b\" must be a global {import}, but is a global f64",
        Error($"(global {import})", Define(new Global(store, new GlobalType(ValueType.F64, false), 1.0))));

    [Fact]
    public void Instantiate_MutableGlobalForAConstant_SaysBothTypes() => Assert.Equal(
        "incompatible import type: \"a\" \"b\" must be a global i32, but is a global (mut i32)",
        Error("(global i32)", Define(new Global(store, new GlobalType(ValueType.I32, true), 1))));

    [Fact]
    public void Instantiate_OtherTag_SaysBothTypes() => Assert.Equal(
        "incompatible import type: \"a\" \"b\" must be a tag [i32] -> [], but is a tag [i64] -> []",
        Error("(tag (param i32))", Define(new Tag(store, ValueType.I64))));

    [Fact]
    public void Instantiate_OtherFunction_SaysBothTypes()
    {
        Assert.Equal(
            "incompatible import type: \"a\" \"b\" must be a function [i32] -> [i64], but is a host function [i32] -> [i32]",
            Error("(func (type $t))", Define((int value) => value)));
        var exporter = new Linker().Instantiate(store, Module.CompileText(store.Engine, "(module (func (export \"b\") (param f32)))"));
        Assert.Equal(
            "incompatible import type: \"a\" \"b\" must be a function [i32] -> [i64], but is a function [f32] -> []",
            Error("(func (type $t))", new Linker().DefineInstance("a", exporter)));
    }

    [Fact]
    public void Instantiate_EntitiesOfAnotherStore_AreRefused()
    {
        using var other = new Store(Guest.Default);
        var exporter = new Linker().Instantiate(other, Module.CompileText(other.Engine, """
            (module (func (export "func")) (table (export "table") 1 funcref) (memory (export "memory") 1)
              (global (export "global") i32 (i32.const 1)) (tag (export "tag")))
            """));
        var linker = new Linker().DefineInstance("a", exporter);
        foreach (var (name, import) in new[]
        {
            ("func", "(func)"), ("table", "(table 1 funcref)"), ("memory", "(memory 1)"), ("global", "(global i32)"), ("tag", "(tag)"),
        })
        {
            var module = Module.CompileText(store.Engine, $"(module (import \"a\" \"{name}\" {import}))");
            Assert.Equal(
                $"incompatible import: \"a\" \"{name}\" belongs to another store",
                Assert.Throws<LinkException>(() => linker.Instantiate(store, module)).Message);
        }
    }

    [Fact]
    public void Instantiate_ModuleOfAnotherEngine_IsRefused() => Assert.Throws<ArgumentException>(
        () => new Linker().Instantiate(store, Module.CompileText(new Engine(), "(module)")));

    [Fact]
    public void Define_Again_Replaces()
    {
        var linker = new Linker().DefineFunction("a", "b", () => 1).DefineFunction("a", "b", () => 2);
        var instance = linker.Instantiate(store, Module.CompileText(
            store.Engine, "(module (import \"a\" \"b\" (func $f (result i32))) (export \"f\" (func $f)))"));
        Assert.Equal(2, instance.GetFunction<int>("f")());
    }
}
