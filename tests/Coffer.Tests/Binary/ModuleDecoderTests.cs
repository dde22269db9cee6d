using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Tests.Binary;

public sealed class ModuleDecoderTests
{
    [Fact]
    public void Decode_EmptyModule_HasNothing()
    {
        var module = Wasm.Decode(Wasm.Module());

        Assert.Empty(module.Functions);
        Assert.Equal(-1, module.Start);
        Assert.False(module.HasDataCount);
    }

    [Fact]
    public void Decode_AllSections_FillsEveryIndexSpace()
    {
        var module = Wasm.Decode(
            "01 02 60 00 00 60 01 7f 00",
            "02 05 01 61 01 66 00 00  01 61 01 74 01 70 00 01  01 61 01 6d 02 01 01 02  01 61 01 67 03 7e 01  01 61 01 78 04 00 01",
            "03 01 00",
            "04 01 70 01 02 03",
            "05 01 00 07",
            "0d 01 00 01",
            "06 01 7f 00 41 2a 0b",
            "07 01 01 65 00 01",
            "08 01",
            "09 01 00 41 00 0b 01 00",
            "0c 01",
            "0a 01 02 00 0b",
            "0b 01 00 41 05 0b 02 68 69");

        Assert.Equal(2, module.Types.Length);
        Assert.Equal(["f", "t", "m", "g", "x"], module.Imports.Select(import => import.Name));
        Assert.Equal((1, 1, 1, 1, 1), (module.ImportedFunctions, module.ImportedTables, module.ImportedMemories,
            module.ImportedGlobals, module.ImportedTags));
        Assert.Equal(2, module.Functions.Length);
        Assert.Equal([0x00, 0x0B], Content(module, module.Functions[1].Body));
        Assert.Equal(new TableType(ValueType.FuncRef, new Limits(2, 3)), module.Tables[1].Type);
        Assert.Equal(new MemoryType(new Limits(1, 2)), module.Memories[0]);
        Assert.Equal(new MemoryType(new Limits(7, null)), module.Memories[1]);
        Assert.Equal([new GlobalType(ValueType.I64, true), new GlobalType(ValueType.I32, false)],
            module.Globals.Select(global => global.Type));
        Assert.Equal([0x41, 0x2A, 0x0B], Content(module, module.Globals[1].Initializer));
        Assert.Equal([1, 1], module.Tags.Select(tag => tag.TypeIndex));
        Assert.Equal(("e", ExternalKind.Function, 1), (module.Exports[0].Name, module.Exports[0].Kind, module.Exports[0].Index));
        Assert.Equal(1, module.Start);
        Assert.True(module.HasDataCount);
        Assert.Equal("hi"u8.ToArray(), Content(module, module.Data[0].Content));
        Assert.Equal([0x41, 0x05, 0x0B], Content(module, module.Data[0].MemoryOffset));
    }

    [Theory]
    [InlineData("00 41 00 0b 01 00", "Active 0 (ref func) 1 functions")]
    [InlineData("01 00 01 00", "Passive 0 (ref func) 1 functions")]
    [InlineData("02 01 41 00 0b 00 01 00", "Active 1 (ref func) 1 functions")]
    [InlineData("03 00 01 00", "Declarative 0 (ref func) 1 functions")]
    [InlineData("04 41 00 0b 01 d2 00 0b", "Active 0 funcref 1 expressions")]
    [InlineData("05 6f 01 d0 6f 0b", "Passive 0 externref 1 expressions")]
    [InlineData("06 01 41 00 0b 70 01 d2 00 0b", "Active 1 funcref 1 expressions")]
    [InlineData("07 70 02 d2 00 0b d0 70 0b", "Declarative 0 funcref 2 expressions")]
    public void Decode_ElementSegment_EveryForm(string segment, string expected)
    {
        var element = Wasm.Decode("09 01 " + segment).Elements[0];

        var items = element.Functions.IsDefault ? "expressions" : "functions";
        Assert.Equal(expected, $"{element.Mode} {element.Table} {element.Type} {element.Count} {items}");
    }

    [Theory]
    [InlineData("00 01", 1UL, null, false, false, 16)]
    [InlineData("01 01 02", 1UL, 2UL, false, false, 16)]
    [InlineData("03 01 02", 1UL, 2UL, false, true, 16)]
    [InlineData("04 80 80 80 80 80 80 80 80 80 01", 1UL << 63, null, true, false, 16)]
    [InlineData("07 01 02", 1UL, 2UL, true, true, 16)]
    [InlineData("08 01 00", 1UL, null, false, false, 0)]
    [InlineData("0d 01 02 10", 1UL, 2UL, true, false, 16)]
    public void Decode_MemoryLimits_EveryFlag(string type, ulong minimum, ulong? maximum, bool is64, bool shared, int log2)
    {
        var memory = Wasm.Decode("05 01 " + type).Memories[0];

        Assert.Equal(new MemoryType(new Limits(minimum, maximum, is64, shared), log2), memory);
    }

    [Fact]
    public void Decode_TableInitializer_KeepsExpression()
    {
        var module = Wasm.Decode("04 01 40 00 64 70 00 01 d2 00 0b");

        Assert.Equal([0xD2, 0x00, 0x0B], Content(module, module.Tables[0].Initializer));
        Assert.False(module.Tables[0].Type.Element.IsNullable);
    }

    [Fact]
    public void Decode_NestedBlocksInInitializer_FindsTheOuterEnd()
    {
        var module = Wasm.Decode("06 01 7f 00 02 7f 03 7f 41 00 0b 0b 0b");

        Assert.Equal(9, module.Globals[0].Initializer.Length);
    }

    [Theory]
    [InlineData("01 61 00 7f 02 01 62 00 00 01 63 00 01")]
    [InlineData("01 61 00 7e 00 01 02 01 62 01 63")]
    public void Decode_CompactImports_ExpandsTheGroup(string group)
    {
        var module = Wasm.Decode("01 02 60 00 00 60 00 01 7f", "02 01 " + group);

        Assert.Equal(["a.b", "a.c"], module.Imports.Select(import => $"{import.Module}.{import.Name}"));
        Assert.Equal([0, 1], module.Imports.Select(import => import.Index));
        Assert.Equal(1, module.Functions[1].TypeIndex);
    }

    [Fact]
    public void Decode_CustomSections_RememberTheirPlace()
    {
        var module = Wasm.Decode("00 01 61 07", "01 00", "00 01 62");

        Assert.Equal([("a", 1, (byte)0), ("b", 0, (byte)1)],
            module.CustomSections.Select(section => (section.Name, section.Content.Length, section.After)));
    }

    [Fact]
    public void Decode_Stream_SameAsBytes()
    {
        using var stream = new MemoryStream(Wasm.Module("05 01 00 07"));

        var module = ModuleDecoder.Decode(stream, new TypeRegistry(), Features.All, ModuleLimits.Default);

        Assert.Equal(7UL, module.Memories[0].Limits.Minimum);
    }

    [Fact]
    public async Task ReadAsync_MoreThanAllowed_Exhausted()
    {
        using var stream = new MemoryStream(new byte[200_000]);
        var limits = ModuleLimits.Default with { ModuleBytes = 199_999 };

        var error = await Assert.ThrowsAsync<ExhaustionException>(
            () => ModuleStream.ReadAsync(stream, limits, TestContext.Current.CancellationToken));

        Assert.Equal(ExhaustionKind.ModuleLimit, error.Kind);
        Assert.Contains("ModuleBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_ExactlyTheLimit_AllBytes()
    {
        using var stream = new MemoryStream(new byte[200_000]);
        var limits = ModuleLimits.Default with { ModuleBytes = 200_000 };

        var bytes = await ModuleStream.ReadAsync(stream, limits, TestContext.Current.CancellationToken);

        Assert.Equal(200_000, bytes.Length);
    }

    private static byte[] Content(ModuleDefinition module, ByteRange range) =>
        module.Bytes.Slice(range.Offset, range.Length).ToArray();
}
