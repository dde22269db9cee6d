using Coffer.Tests.Hostile;
using Coffer.Text;
using Coffer.Types;

namespace Coffer.Tests.Embedding;

/// <summary>What a module, an instance and a value tell about themselves.</summary>
public sealed class IntrospectionTests
{
    [Fact]
    public void ImportsAndExports_EveryKind_HaveNamesAndTypes()
    {
        var module = Module.CompileText(Guest.Default, """
            (module $name
              (import "a" "f" (func $f (param i32) (result i64 f32)))
              (import "a" "t" (table i64 1 2 externref))
              (import "b" "m" (memory 1 2 shared))
              (import "b" "g" (global (mut v128)))
              (import "b" "x" (tag $x (param i32 i64)))
              (export "x" (tag $x)) (export "f" (func $f)) (table (export "t") 3 funcref)
              (memory (export "m") i64 5 (pagesize 1)) (global (export "g") f64 (f64.const 1)))
            """);
        Assert.Equal(
            [
                "a f Function [i32] -> [i64 f32]", "a t Table i64 1 2 externref", "b m Memory 1 2 shared", "b g Global (mut v128)",
                "b x Tag [i32 i64] -> []",
            ],
            module.Imports.Select(import => $"{import.Module} {import.Name} {import.Kind} {import.Type}"));
        Assert.Equal(
            [
                "x Tag [i32 i64] -> []", "f Function [i32] -> [i64 f32]", "t Table 3 funcref", "m Memory i64 5 (pagesize 1)",
                "g Global f64",
            ],
            module.Exports.Select(export => $"{export.Name} {export.Kind} {export.Type}"));
        Assert.IsType<FunctionType>(module.Imports[4].Type);
        Assert.Equal(new MemoryType(new Limits(1, 2, IsShared: true)), module.Imports[2].Type);
    }

    [Fact]
    public void Exports_OfAnInstance_AreItsEntities()
    {
        var instance = Guest.Load("""
            (module (func (export "f")) (table (export "t") 3 funcref) (memory (export "m") 2 4)
              (global (export "g") (mut i64) (i64.const 7)) (tag (export "x") (param f32)))
            """);
        Assert.Equal(["f", "t", "m", "g", "x"], instance.Exports.Keys);
        Assert.Equal(3, instance.GetTable("t").Count);
        Assert.Equal(new MemoryType(new Limits(2, 4)), instance.GetMemory("m").Type);
        Assert.Equal(new GlobalType(ValueType.I64, true), instance.GetGlobal("g").Type);
        Assert.Equal([ValueType.F32], ((Tag)instance.Exports["x"]).FunctionType.Parameters);
        instance.GetGlobal("g").Value = 8L;
        Assert.Equal(8L, instance.GetGlobal("g").Value.AsI64());
        Assert.All(
            new[] { instance.GetFunction("f").Store, instance.GetTable("t").Store, instance.GetMemory("m").Store, instance.GetGlobal("g").Store },
            store => Assert.Same(instance.Store, store));
    }

    [Fact]
    public void CustomSections_OfAName_InOrder()
    {
        var module = Module.Compile(Guest.Default, Binary.Wasm.Module("00 01 61 07", "00 01 62 08", "00 01 61 09 0a"), "given");
        Assert.Equal("given", module.Name);
        Assert.Equal([[7], [9, 10]], module.CustomSections("a").Select(content => content.ToArray()));
        Assert.Empty(module.CustomSections("c"));
    }

    [Fact]
    public void Compile_Stream_SameModule()
    {
        using var stream = new MemoryStream(TextFormat.Parse("(module (func (export \"f\")))"));
        Assert.Equal("f", Assert.Single(Module.Compile(Guest.Default, stream).Exports).Name);
        Assert.Throws<MalformedException>(() => Module.Compile(Guest.Default, Stream.Null));
        Assert.Throws<MalformedException>(() => Module.Validate(Guest.Default, ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void Value_OfEveryKind_KnowsItself()
    {
        Value[] values = [1, -2L, 1.5f, -0.5, Value.V128(default), Value.Reference("text"), Value.Reference(null)];
        Assert.Equal(
            [ValueKind.I32, ValueKind.I64, ValueKind.F32, ValueKind.F64, ValueKind.V128, ValueKind.Reference, ValueKind.Reference],
            values.Select(value => value.Kind));
        Assert.Equal(["1", "-2", "1.5", "-0.5", "<0, 0, 0, 0>", "text", "null"], values.Select(value => value.ToString()));
        Assert.Equal(values.Length, values.Distinct().Count());
        Assert.Contains("is I32, not I64", Assert.Throws<InvalidOperationException>(() => values[0].AsI64()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => values[0].AsReference());
        Assert.Throws<InvalidOperationException>(() => default(Value).AsI32());
        Assert.True(values[0] == Value.I32(1) && values[0] != Value.I64(1));
    }

    [Fact]
    public void Fuel_UsedUp_IsZeroAndCanBeGivenAgain()
    {
        var instance = Guest.Load("(module (func (export \"run\") (loop (br 0))))", engine: Guest.Metered(MemoryMode.Auto),
            limits: new StoreLimits { Fuel = 1001 });
        Guest.Exhausts(ExhaustionKind.Fuel, instance.GetAction("run"));
        Assert.Equal(0, instance.Store.Fuel);
        instance.Store.Fuel = 500;
        Guest.Exhausts(ExhaustionKind.Fuel, instance.GetAction("run"));
        Assert.Throws<ArgumentOutOfRangeException>(() => instance.Store.Fuel = -1);
    }

    [Fact]
    public void Results_LimitBeyondTheBuffer_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModuleLimits { Results = 1025 });
}
