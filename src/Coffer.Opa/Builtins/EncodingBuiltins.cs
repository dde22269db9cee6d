using System.Buffers.Text;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Texts for bytes and documents: hexadecimal, Base64, queries of URLs, YAML, JSON with spaces.</summary>
internal static class EncodingBuiltins
{
    private static readonly string[] MarshalOptions = ["indent", "prefix", "pretty"];

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("hex.encode", (_, a) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(a.Text(0)))),
        new("hex.decode", (_, a) => DecodeHexadecimal(a.Text(0))),
        new("base64url.encode_no_pad", (_, a) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(a.Text(0)))),
        new("urlquery.encode", (_, a) => Escape(a.Text(0))),
        new("urlquery.decode", (_, a) => Unescape(a.Text(0))),
        new("urlquery.encode_object", (_, a) => EncodeQuery(a.Object(0))),
        new("urlquery.decode_object", (_, a) => DecodeQuery(a.Text(0))),
        new("yaml.marshal", (_, a) => RegoYaml.Write(a[0])),
        new("yaml.unmarshal", (_, a) => ReadYaml(a.Text(0))),
        new("yaml.is_valid", (_, a) => a[0] is RegoString text && IsYaml(text.Value)),
        new("json.marshal_with_options", (_, a) => Marshal(a[0], a.Object(1))),
    ];

    /// <summary>A text as part of a query.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string DecodeHexadecimal(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii || !char.IsAsciiHexDigit((char)rune.Value)) throw new BuiltinException(
                $"encoding/hex: invalid byte: U+{rune.Value:X4} '{rune}'");
        }

        if (text.Length % 2 != 0) throw new BuiltinException("encoding/hex: odd length hex string");
        return Encoding.UTF8.GetString(Convert.FromHexString(text));
    }

    private static string Unescape(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2])) continue;
            throw new BuiltinException($"invalid URL escape \"{text[i..Math.Min(i + 3, text.Length)]}\"");
        }

        return Uri.UnescapeDataString(text.Replace('+', ' '));
    }

    private static string EncodeQuery(RegoObject query) =>
        string.Join('&', query.SelectMany(entry => Values(entry).Select(value => $"{Escape(Key(entry))}={Escape(value)}")));

    private static string Key(KeyValuePair<RegoValue, RegoValue> entry) =>
        entry.Key is RegoString key
            ? key.Value
            : throw new BuiltinException(
                $"operand 1 must be object with string keys but got {entry.Key.TypeName}") { IsTypeError = true };

    private static IEnumerable<string> Values(KeyValuePair<RegoValue, RegoValue> entry) => entry.Value switch
    {
        RegoString text => [text.Value],
        RegoArray or RegoSet => ((IEnumerable<RegoValue>)entry.Value).Select(item =>
            item is RegoString text ? text.Value
                : throw new BuiltinException($"operand 2 must be string but got {item.TypeName}") { IsTypeError = true }),
        _ => throw new BuiltinException(
            $"operand 2 must be one of {{string, set, array}} but got {entry.Value.TypeName}") { IsTypeError = true },
    };

    private static RegoObject DecodeQuery(string text)
    {
        var pairs = text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2));
        return new RegoObject(pairs.GroupBy(pair => Unescape(pair[0]), StringComparer.Ordinal).Select(group =>
            KeyValuePair.Create((RegoValue)group.Key,
                (RegoValue)new RegoArray(group.Select(pair => new RegoString(pair.Length > 1 ? Unescape(pair[1]) : ""))))));
    }

    private static RegoValue ReadYaml(string text)
    {
        try
        {
            return RegoYaml.Read(text);
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(exception.Message, exception);
        }
    }

    private static bool IsYaml(string text)
    {
        try
        {
            RegoYaml.Read(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string Marshal(RegoValue value, RegoObject options)
    {
        foreach (var key in options.Keys)
        {
            if (key is not RegoString name || !MarshalOptions.Contains(name.Value)) throw Operands.WrongValue(
                1, $"object contained unknown key {key}");
        }

        var isPretty = options["pretty"] is { } pretty
            ? pretty is RegoBoolean { Value: true }
            : options["indent"] is not null || options["prefix"] is not null;
        if (!isPretty) return value.ToJson();
        var output = new StringBuilder();
        var prefix = (options["prefix"] as RegoString)?.Value ?? "";
        output.Append(prefix);
        try
        {
            RegoIndenter.Write(output, value, "\n" + prefix, (options["indent"] as RegoString)?.Value ?? "\t");
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(exception.Message, exception);
        }

        return output.ToString();
    }
}
