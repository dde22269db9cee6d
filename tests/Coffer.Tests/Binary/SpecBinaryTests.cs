using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Tests.Binary;

/// <summary>The binary modules of the specification's tests that are asserted to be malformed, and with which words.</summary>
public sealed partial class SpecBinaryTests
{
    private static readonly string[] FoundWhenCompiling = ["data count section required"];

    [Theory]
    [InlineData("core/align.wast")]
    [InlineData("core/binary.wast")]
    [InlineData("core/binary-leb128.wast")]
    [InlineData("core/custom.wast")]
    [InlineData("core/global.wast")]
    [InlineData("core/utf8-custom-section-id.wast")]
    [InlineData("core/utf8-import-field.wast")]
    [InlineData("core/utf8-import-module.wast")]
    [InlineData("core/gc/binary-gc.wast")]
    [InlineData("core/memory64/binary_leb128_64.wast")]
    [InlineData("core/multi-memory/binary0.wast")]
    [InlineData("proposals/compact-import-section/binary-compact-imports.wast")]
    [InlineData("proposals/custom-page-sizes/binary.wast")]
    [InlineData("proposals/custom-page-sizes/custom-page-sizes-invalid.wast")]
    public void Decode_AssertMalformed_SaysWhatTheSpecificationSays(string file)
    {
        var script = File.ReadAllText(TestData.Require("spec/" + file));
        var features = file.StartsWith("core/", StringComparison.Ordinal) ? Features.Wasm3 : Features.All;
        var failures = new List<string>();
        var count = 0;
        foreach (Match match in AssertMalformed().Matches(script))
        {
            var expected = match.Groups["reason"].Value;
            if (FoundWhenCompiling.Contains(expected)) continue;
            count++;
            var actual = Decode(Unescape(match.Groups["bytes"].Value), features);
            if (!actual.StartsWith(expected, StringComparison.Ordinal))
            {
                failures.Add($"line {script[..match.Index].Count(c => c == '\n') + 1}: expected '{expected}', got '{actual}'");
            }
        }

        Assert.Empty(failures);
        Assert.True(count > 0);
    }

    private static string Decode(byte[] bytes, Features features)
    {
        try
        {
            var module = ModuleDecoder.Decode(bytes, new TypeRegistry(), features, ModuleLimits.Default);
            BodyScanner.Check(bytes, module.Functions.AsSpan(), features);
            return "no error";
        }
        catch (MalformedException error)
        {
            return error.Reason;
        }
    }

    private static byte[] Unescape(string strings)
    {
        var bytes = new List<byte>();
        foreach (Match token in StringOrComment().Matches(strings))
        {
            if (!token.Groups["text"].Success) continue;
            var text = token.Groups["text"].Value;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] != '\\')
                {
                    bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
                    continue;
                }

                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex("""\(assert_malformed\s*\(module\s+binary(?<bytes>(?:\s*(?:"[^"]*"|;;[^\n]*))*)\s*\)\s*(?:;;[^\n]*\s*)*"(?<reason>[^"]*)"\s*\)""")]
    private static partial Regex AssertMalformed();

    [GeneratedRegex("""
        "(?<text>[^"]*)"|;;[^\n]*
        """)]
    private static partial Regex StringOrComment();
}
