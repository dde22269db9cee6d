using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Tests.Binary;

public sealed class ModuleDecoderErrorTests
{
    [Theory]
    [InlineData("00 61 73", "unexpected end")]
    [InlineData("00 61 73 6e 01 00 00 00", "magic header not detected")]
    [InlineData("00 61 73 6d 02 00 00 00", "unknown binary version")]
    [InlineData("00 61 73 6d 0d 00 01 00", "unknown binary version: this is a component")]
    [InlineData("00 61 73 6d 01 00 00 00 0e 00", "malformed section id")]
    [InlineData("00 61 73 6d 01 00 00 00 05 7f", "length out of bounds")]
    [InlineData("00 61 73 6d 01 00 00 00 01 04 01 60 00 00 00", "unexpected end")]
    [InlineData("00 61 73 6d 01 00 00 00 01 05 01 60 00 00 00", "section size mismatch")]
    [InlineData("00 61 73 6d 01 00 00 00 05 02 01 00", "unexpected end of section or function")]
    public void Decode_MalformedModule_Reason(string hex, string reason) => AssertMalformed(Wasm.Bytes(hex), reason);

    [Theory]
    [InlineData("01 01 61", "malformed definition type")]
    [InlineData("01 01 e0 7f 00 00", "integer representation too long")]
    [InlineData("01 01 5e 78 02", "malformed mutability")]
    [InlineData("01 01 5e 05 00", "malformed storage type")]
    [InlineData("01 01 60 01 05 00", "malformed value type")]
    [InlineData("01 01 60 01 63 41 00", "malformed heap type")]
    [InlineData("02 01 01 61 01 62 05", "malformed import kind")]
    [InlineData("02 01 01 61 01 62 7f", "malformed import kind")]
    [InlineData("02 01 01 ff 00 00 00", "malformed UTF-8 encoding")]
    [InlineData("04 01 7f 00 00", "malformed reference type")]
    [InlineData("04 01 70 02 00 00", "malformed limits flags")]
    [InlineData("05 01 10 00", "malformed limits flags")]
    [InlineData("05 01 08 00 41", "invalid custom page size")]
    [InlineData("05 01 00 82 80 80 80 80 80 80 80 80 80 00", "integer representation too long")]
    [InlineData("05 01 00 82 80 80 80 80 80 80 80 80 70", "integer too large")]
    [InlineData("06 01 7f 02 41 00 0b", "malformed mutability")]
    [InlineData("06 01 7f 00 ff 0b", "illegal opcode ff")]
    [InlineData("06 01 7f 00 02 40 ff 0b 0b", "illegal opcode ff")]
    [InlineData("06 01 7f 00 41 00 05 0b", "END opcode expected")]
    [InlineData("07 01 01 61 05 00", "malformed export kind")]
    [InlineData("09 01 08", "malformed elements segment kind")]
    [InlineData("09 01 01 01 00", "malformed element kind")]
    [InlineData("0b 01 03", "malformed data segment kind")]
    [InlineData("0b 01 01 02 61", "unexpected end of section or function")]
    [InlineData("0c 01", "data count and data section have inconsistent lengths")]
    [InlineData("0d 01 01 00", "malformed tag attribute")]
    [InlineData("0a 01 02 00 0b", "function and code section have inconsistent lengths")]
    public void Decode_MalformedSection_Reason(string section, string reason) =>
        AssertMalformed(Wasm.Module(section), reason);

    [Theory]
    [InlineData("01 00", "01 00")]
    [InlineData("02 00", "01 00")]
    [InlineData("06 00", "0d 00")]
    [InlineData("0d 00", "05 00")]
    [InlineData("0a 00", "0c 00")]
    public void Decode_SectionOutOfOrder_Reason(string first, string second) =>
        AssertMalformed(Wasm.Module(first, second), "unexpected content after last section");

    [Fact]
    public void Decode_AnyTwoSections_OnlyInTheirOrder()
    {
        int[] order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
        for (var i = 0; i < order.Length; i++)
        {
            for (var j = 0; j < order.Length; j++)
            {
                var bytes = Wasm.Module($"{order[i]:x2} 00", $"{order[j]:x2} 00");
                if (i < j)
                {
                    Wasm.Decode(bytes);
                    continue;
                }

                var error = Assert.Throws<MalformedException>(() => Wasm.Decode(bytes));
                Assert.StartsWith("unexpected content after last section", error.Reason, StringComparison.Ordinal);
                Assert.Equal(11, error.Offset);
            }
        }
    }

    [Fact]
    public void Decode_BadBodyThenBadSection_ReportsTheBody()
    {
        var bytes = Wasm.Module("01 01 60 00 00", "03 01 00", "0a 01 03 00 ff 0b", "0b 01 03");

        AssertMalformed(bytes, "illegal opcode ff");
    }

    [Fact]
    public void Decode_InvalidTypeThenMalformedSection_ReportsMalformed() =>
        AssertMalformed(Wasm.Module("01 01 60 01 63 05 00", "07 01 01 61 05 00"), "malformed export kind");

    [Fact]
    public void Decode_Error_HasTheOffset()
    {
        var error = Assert.Throws<MalformedException>(() => Wasm.Decode("06 01 7f 02 41 00 0b"));

        Assert.Equal(12, error.Offset);
    }

    [Theory]
    [InlineData(Features.Threads, "05 01 03 01 02")]
    [InlineData(Features.Memory64, "05 01 04 01")]
    [InlineData(Features.CustomPageSizes, "05 01 08 01 00")]
    [InlineData(Features.CompactImports, "02 01 01 61 00 7f 00")]
    [InlineData(Features.Gc, "01 01 5e 7f 00")]
    [InlineData(Features.Gc, "01 01 4e 01 60 00 00")]
    [InlineData(Features.FunctionReferences, "04 01 40 00 70 00 00 d0 70 0b")]
    [InlineData(Features.ReferenceTypes, "06 01 70 00 d0 70 0b")]
    public void Decode_FeatureOff_NamesTheFeature(Features feature, string section)
    {
        var bytes = Wasm.Module(section);
        Wasm.Decode(bytes);

        var error = Assert.ThrowsAny<CofferException>(() => Wasm.Decode(bytes, Features.All & ~feature));

        Assert.Contains(feature.ToString(), error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Exceeding => new()
    {
        { nameof(ModuleLimits.Types), "01 02 60 00 00 60 00 00" },
        { nameof(ModuleLimits.Types), "01 01 4e 02 60 00 00 60 00 00" },
        { nameof(ModuleLimits.Parameters), "01 01 60 02 7f 7f 00" },
        { nameof(ModuleLimits.Results), "01 01 60 00 02 7f 7f" },
        { nameof(ModuleLimits.StructFields), "01 01 5f 02 7f 00 7f 00" },
        { nameof(ModuleLimits.Imports), "02 01 01 61 00 7e 03 7f 00 02 01 62 01 63" },
        { nameof(ModuleLimits.Functions), "03 02 00 00" },
        { nameof(ModuleLimits.Tables), "04 02 70 00 00 70 00 00" },
        { nameof(ModuleLimits.Memories), "05 02 00 00 00 00" },
        { nameof(ModuleLimits.Tags), "0d 02 00 00 00 00" },
        { nameof(ModuleLimits.Globals), "06 02 7f 00 41 00 0b 7f 00 41 00 0b" },
        { nameof(ModuleLimits.Exports), "07 02 01 61 00 00 01 62 00 00" },
        { nameof(ModuleLimits.ElementSegments), "09 02 01 00 00 01 00 00" },
        { nameof(ModuleLimits.ElementsPerSegment), "09 01 01 00 02 00 00" },
        { nameof(ModuleLimits.DataSegments), "0b 02 01 00 01 00" },
    };

    [Theory, MemberData(nameof(Exceeding))]
    public void Decode_MoreThanALimit_NamesTheLimit(string limit, string section)
    {
        var one = new ModuleLimits
        {
            Types = 1, Parameters = 1, Results = 1, StructFields = 1, Imports = 1, Functions = 1, Tables = 1, Memories = 1,
            Tags = 1, Globals = 1, Exports = 1, ElementSegments = 1, ElementsPerSegment = 1, DataSegments = 1,
        };

        var error = Assert.Throws<ExhaustionException>(() => Wasm.Decode(Wasm.Module(section), limits: one));

        Assert.Equal(ExhaustionKind.ModuleLimit, error.Kind);
        Assert.Contains($"ModuleLimits.{limit} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HugeCountWithoutContent_AllocatesNothing()
    {
        var bytes = Wasm.Bytes("00 61 73 6d 01 00 00 00 09 09 01 01 00 ff ff ff 7f 00 00");
        Assert.Throws<MalformedException>(() => Wasm.Decode(bytes));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedException>(() => Wasm.Decode(bytes));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    private static void AssertMalformed(byte[] bytes, string reason)
    {
        var error = Assert.Throws<MalformedException>(
            () => ModuleDecoder.Decode(bytes, new TypeRegistry(), Features.All, ModuleLimits.Default));
        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }
}
