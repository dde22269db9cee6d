using Coffer.Tests.Binary;
using Coffer.Validation;

namespace Coffer.Tests.Validation;

public sealed class ModuleValidatorTests
{
    private const string Types = "01 03 60 00 00 60 00 01 7f 5e 7f 00";

    [Theory]
    [InlineData("03 01 07", "unknown type 7")]
    [InlineData("03 01 02", "type mismatch: type 2 is not a function type")]
    [InlineData("02 01 01 61 01 62 00 07", "unknown type 7")]
    [InlineData("04 01 63 07 00 00", "unknown type 7")]
    [InlineData("04 01 70 01 02 01", "size minimum must not be greater than maximum")]
    [InlineData("04 01 70 00 80 80 80 80 10", "table size")]
    [InlineData("04 01 64 70 00 00", "type mismatch")]
    [InlineData("05 01 01 02 01", "size minimum must not be greater than maximum")]
    [InlineData("05 01 00 81 80 04", "memory size must be at most 65536 pages (4GiB)")]
    [InlineData("05 01 01 00 81 80 04", "memory size must be at most 65536 pages (4GiB)")]
    [InlineData("05 01 04 81 80 80 80 80 80 40", "memory size")]
    [InlineData("05 01 08 80 80 80 80 10 00", "memory size must be at most")]
    [InlineData("05 01 08 00 01", "invalid custom page size")]
    [InlineData("05 01 02 01", "shared memory must have maximum")]
    [InlineData("0d 01 00 01", "non-empty tag result type")]
    [InlineData("0d 01 00 09", "unknown type 9")]
    [InlineData("06 01 63 07 00 d0 07 0b", "unknown type 7")]
    [InlineData("06 01 70 00 d2 05 0b", "unknown function 5")]
    [InlineData("07 01 01 61 00 05", "unknown function 5")]
    [InlineData("07 01 01 61 01 05", "unknown table 5")]
    [InlineData("07 01 01 61 02 05", "unknown memory 5")]
    [InlineData("07 01 01 61 03 05", "unknown global 5")]
    [InlineData("07 01 01 61 04 05", "unknown tag 5")]
    [InlineData("08 05", "unknown function 5")]
    [InlineData("09 01 00 41 00 0b 00", "unknown table 0")]
    [InlineData("09 01 01 00 01 05", "unknown function 5")]
    [InlineData("09 01 05 63 07 00", "unknown type 7")]
    [InlineData("0b 01 00 41 00 0b 00", "unknown memory 0")]
    [InlineData("0b 01 02 03 41 00 0b 00", "unknown memory 3")]
    public void Validate_InvalidSection_Reason(string section, string reason) => AssertInvalid(reason, Types, section, Bodies(section));

    [Fact]
    public void Validate_DuplicateExport_Reason() =>
        AssertInvalid("duplicate export name", Types, "05 01 00 00", "07 02 01 61 02 00 01 61 02 00");

    [Fact]
    public void Validate_StartWithResult_Reason() =>
        AssertInvalid("start function", Types, "03 01 01", "08 00", "0a 01 04 00 41 00 0b");

    [Fact]
    public void Validate_SegmentOfOtherTypeThanTable_Reason() =>
        AssertInvalid("type mismatch", Types, "04 01 6f 00 00", "09 01 00 41 00 0b 00");

    [Theory]
    [InlineData("04 01 70 00 ff ff ff ff 0f")]
    [InlineData("04 01 70 04 ff ff ff ff ff ff ff ff ff 01")]
    [InlineData("05 01 00 80 80 04")]
    [InlineData("05 01 04 80 80 80 80 80 80 40")]
    [InlineData("05 01 08 ff ff ff ff 0f 00")]
    [InlineData("05 01 0c ff ff ff ff ff ff ff ff ff 01 00")]
    [InlineData("0d 01 00 00")]
    [InlineData("02 01 01 61 01 62 01 64 70 00 00")]
    public void Validate_ExtremeButValid_Accepted(string section) =>
        ModuleValidator.Validate(Wasm.Decode(Types, section), Features.All);

    [Fact]
    public void Validate_DeclaredFunctions_ThoseOutsideBodies()
    {
        // Functions 0 to 6; named by export, global, table, function segment, expression segment, start, nothing.
        var module = Wasm.Decode(
            Types, "03 07 00 00 00 00 00 00 00", "04 01 40 00 70 00 00 d2 02 0b", "06 01 70 00 d2 01 0b",
            "07 01 01 61 00 00", "08 05", "09 02 01 00 01 03 05 70 02 d0 70 0b d2 04 0b",
            "0a 07 02 00 0b 02 00 0b 02 00 0b 02 00 0b 02 00 0b 02 00 0b 02 00 0b");

        ModuleValidator.Validate(module, Features.All);

        Assert.Equal([0, 1, 2, 3, 4], module.DeclaredFunctions.Order());
    }

    [Theory]
    [InlineData(Features.Simd, "01 01 60 01 7b 00")]
    [InlineData(Features.MultiValue, "01 01 60 00 02 7f 7f")]
    [InlineData(Features.ReferenceTypes, "01 01 60 01 6f 00")]
    [InlineData(Features.FunctionReferences, "01 01 60 01 64 70 00")]
    [InlineData(Features.Gc, "01 01 60 01 6e 00")]
    [InlineData(Features.Exceptions, "01 01 60 01 69 00")]
    [InlineData(Features.MultiMemory, "05 02 00 00 00 00")]
    [InlineData(Features.ReferenceTypes, "04 02 70 00 00 70 00 00")]
    [InlineData(Features.MutableGlobals, "02 01 01 61 01 62 03 7f 01")]
    public void Validate_FeatureOff_NamesTheFeature(Features feature, string section)
    {
        var features = Features.All & ~feature;
        var module = Wasm.Decode(Wasm.Module(section), features);

        var error = Assert.Throws<InvalidException>(() => ModuleValidator.Validate(module, features));

        Assert.Contains($"needs the feature {feature},", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ConstantExpressions_TypesAndVisibleGlobals()
    {
        var module = Wasm.Decode(
            "02 01 01 61 01 62 03 7f 00", "04 02 40 00 70 00 01 d0 70 0b 70 04 00", "05 01 04 00",
            "06 02 7e 00 42 00 0b 7d 00 43 00 00 00 00 0b", "09 01 02 01 42 00 0b 00 00", "0b 01 00 42 00 0b 00");

        var uses = ConstantExpressions.Of(module, Features.All).Select(use => (use.Type.ToString(), use.VisibleGlobals));

        Assert.Equal([("i64", 1), ("f32", 2), ("funcref", 1), ("i64", 3), ("i64", 3)], uses);
    }

    // Declared functions need bodies to be decodable.
    private static string Bodies(string section) => section.StartsWith("03", StringComparison.Ordinal) ? "0a 01 02 00 0b" : "00 00";

    private static void AssertInvalid(string reason, params string[] sections)
    {
        var module = Wasm.Decode(sections);

        var error = Assert.Throws<InvalidException>(() => ModuleValidator.Validate(module, Features.All));

        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }
}
