using System.Globalization;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Text: searching, formatting, templates.</summary>
internal static class StringBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("sprintf", (_, a) => GoFormat.Format(a.Text(0), a.Array(1))),
        new("indexof_n", (_, a) => IndexesOf(a.Text(0), a.Text(1))),
        new("strings.any_prefix_match", (context, a) =>
            AnyMatch(context, a, static (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("strings.any_suffix_match", (context, a) =>
            AnyMatch(context, a, static (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        new("strings.count", (_, a) => Count(a.Text(0), a.Text(1))),
        new("strings.split_n", (_, a) => Split(a.Text(0), a.Text(1), a.SmallInteger(2))),
        new("strings.render_template", (context, a) => GoTemplate.Render(context, a.Text(0), a.Object(1))),
        new("internal.template_string", (_, a) => string.Concat(a.Array(0).Select(TemplatePart))),
    ];

    private static RegoArray IndexesOf(string text, string part)
    {
        if (part.Length == 0) throw new BuiltinException("empty search character");
        var indexes = new List<RegoValue>();
        var codePoints = 0L;
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1, codePoints++)
        {
            if (string.CompareOrdinal(text, i, part, 0, part.Length) == 0) indexes.Add(codePoints);
        }

        return new RegoArray(indexes);
    }

    private static bool AnyMatch(BuiltinContext context, RegoValue[] operands, Func<string, string, bool> matches)
    {
        var parts = Texts(operands, 1);
        return Texts(operands, 0).Any(text =>
        {
            context.ThrowIfLate();
            return parts.Any(part => matches(text, part));
        });
    }

    private static List<string> Texts(RegoValue[] operands, int index) => operands[index] switch
    {
        RegoString text => [text.Value],
        RegoArray or RegoSet => [.. ((IEnumerable<RegoValue>)operands[index]).Select(item => item is RegoString text
            ? text.Value
            : throw new BuiltinException(
                $"operand {index + 1} must be {operands[index].TypeName} of strings but got {operands[index].TypeName} containing {item.TypeName}") { IsTypeError = true })],
        _ => throw Operands.WrongType(index, operands[index], "one of {string, set, array}"),
    };

    private static long Count(string text, string part)
    {
        // Between all code points, and at both ends.
        if (part.Length == 0) return text.EnumerateRunes().Count() + 1;
        var count = 0L;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(
            part, at + part.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    private static RegoArray Split(string text, string separator, int most)
    {
        if (most == 0) return new RegoArray();
        var parts = separator.Length == 0
            ? Ends(text, most)
            : most < 0 ? text.Split(separator) : text.Split(separator, most);
        return new RegoArray(parts.Select(part => new RegoString(part)));
    }

    private static string[] Ends(string text, int most)
    {
        var runes = text.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        return most < 0 || runes.Length <= most ? runes : [.. runes[..(most - 1)], string.Concat(runes[(most - 1)..])];
    }

    // The parts of an interpolated string: sets with what was defined, or nothing.
    private static string TemplatePart(RegoValue part) => part switch
    {
        RegoString text => text.Value,
        RegoSet { Count: 0 } => "<undefined>",
        RegoSet { Count: 1 } set => set[0] is RegoString text ? text.Value : RegoWriter.WriteText(set[0], RegoNotation.Shown),
        RegoSet set => throw new BuiltinException(
            string.Create(CultureInfo.InvariantCulture, $"template-strings must not produce multiple outputs: {set.Count}")),
        _ => RegoWriter.WriteText(part, RegoNotation.Shown),
    };
}
