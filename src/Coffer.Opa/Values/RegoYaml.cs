using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Coffer.Opa.Values;

/// <summary>YAML as the values it stands for, with the scalars of YAML 1.1, and back.</summary>
internal static class RegoYaml
{
    // A text of some lines with references to references would be as large as memory.
    private const int MostNodes = 1_000_000;

    /// <summary>The first document of a text; null for an empty one.</summary>
    /// <exception cref="FormatException">It is not YAML.</exception>
    public static RegoValue Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return RegoNull.Value;
            var reader = new DocumentReader(parser);
            var value = reader.ReadNode().Value;
            parser.Consume<DocumentEnd>();
            return value;
        }
        catch (InvalidOperationException exception)
        {
            // The parser's way to say that nothing comes any more.
            throw new FormatException("yaml: the document ends early", exception);
        }
        catch (YamlException exception)
        {
            // Where something begins that the parser does not expect is the line after the one that people look at.
            var line = Math.Max(1, exception.Start.Line - (exception is SemanticErrorException ? 1 : 0));
            var context = exception.Message.IndexOf(", did not find", StringComparison.Ordinal);
            throw new FormatException(
                $"yaml: line {line}: {(context < 0 ? exception.Message : exception.Message[(context + 2)..])}", exception);
        }
    }

    /// <summary>A value as a document, with the keys of objects in order.</summary>
    public static string Write(RegoValue value)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings().WithBestWidth(int.MaxValue));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, value);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return writer.ToString();
    }

    private static void Emit(Emitter emitter, RegoValue value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case RegoObject entries:
                emitter.Emit(new MappingStart(null, null, true, entries.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, item) in entries)
                {
                    Emit(emitter, key is RegoString ? key : new RegoString(key.ToJson()));
                    Emit(emitter, item);
                }

                emitter.Emit(new MappingEnd());
                break;
            case RegoArray or RegoSet:
                var items = (IReadOnlyList<RegoValue>)value;
                emitter.Emit(new SequenceStart(
                    null, null, true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in items) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case RegoString text:
                // What would be read as something else is quoted.
                var isPlain = text.Value.Length > 0 && Resolve(text.Value) is RegoString;
                var style = text.Value.Contains('\n', StringComparison.Ordinal)
                    ? ScalarStyle.Literal
                    : isPlain ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
                emitter.Emit(new Scalar(null, null, text.Value, style, true, true));
                break;
            default:
                emitter.Emit(new Scalar(null, null, value.ToJson(), ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static RegoValue Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return RegoNull.Value;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return RegoBoolean.True;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return RegoBoolean.False;
        }

        if (!(char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')) return new RegoString(text);
        return ReadNumber(text.Replace("_", "", StringComparison.Ordinal)) ?? (RegoValue)new RegoString(text);
    }

    private static RegoNumber? ReadNumber(string text)
    {
        var isNegative = text.StartsWith('-');
        var digits = text.TrimStart('-', '+');
        if (text.Length - digits.Length > 1 || digits.Length == 0) return null;
        if (BasedNumber(digits) is { } based) return RegoNumber.Of(isNegative ? -based : based);
        if (digits.All(char.IsAsciiDigit)) return RegoNumber.Of(
            BigInteger.Parse(isNegative ? "-" + digits : digits, CultureInfo.InvariantCulture));
        var isFloat = digits.All(digit => char.IsAsciiDigit(digit) || digit is '.' or 'e' or 'E' or '+' or '-')
            && digits.Any(char.IsAsciiDigit);
        return isFloat && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
            ? RegoNumber.Of(value)
            : null;
    }

    private static BigInteger? BasedNumber(string digits)
    {
        if (digits.Length < 2 || digits[0] != '0') return null;
        var (radix, rest) = digits[1] switch
        {
            'x' => (16, digits[2..]),
            'o' => (8, digits[2..]),
            'b' => (2, digits[2..]),
            _ => (8, digits[1..]),
        };
        if (rest.Length == 0) return null;
        var value = BigInteger.Zero;
        foreach (var character in rest)
        {
            var digit = char.IsAsciiHexDigit(character) ? Convert.ToInt32(character.ToString(), 16) : radix;
            if (digit >= radix) return null;
            value = value * radix + digit;
        }

        return value;
    }

    private sealed class DocumentReader(IParser parser)
    {
        private readonly Dictionary<AnchorName, (RegoValue Value, int Nodes)> anchors = [];

        public (RegoValue Value, int Nodes) ReadNode()
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                return anchors.TryGetValue(alias.Value, out var known)
                    ? known
                    : throw new FormatException($"yaml: unknown anchor '{alias.Value}' referenced");
            }

            var anchor = parser.Current is NodeEvent node ? node.Anchor : AnchorName.Empty;
            var result = parser.Current switch
            {
                SequenceStart => ReadSequence(),
                MappingStart => ReadMapping(),
                Scalar => (ReadScalar(parser.Consume<Scalar>()), 1),
                var other => throw new FormatException($"yaml: line {other?.Start.Line}: did not find expected node content"),
            };
            if (!anchor.IsEmpty) anchors[anchor] = result;
            return result;
        }

        private static RegoValue ReadScalar(Scalar scalar)
        {
            if (scalar.Tag == "tag:yaml.org,2002:str") return new RegoString(scalar.Value);
            return scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value) : new RegoString(scalar.Value);
        }

        private (RegoValue Value, int Nodes) ReadSequence()
        {
            parser.Consume<SequenceStart>();
            var items = new List<RegoValue>();
            var nodes = 1;
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Count(ReadNode(), ref nodes));
            return (new RegoArray(items), nodes);
        }

        private (RegoValue Value, int Nodes) ReadMapping()
        {
            parser.Consume<MappingStart>();
            var entries = new List<KeyValuePair<RegoValue, RegoValue>>();
            var merged = new List<KeyValuePair<RegoValue, RegoValue>>();
            var nodes = 1;
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var isMerge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
                var key = Count(ReadNode(), ref nodes);
                var value = Count(ReadNode(), ref nodes);
                if (isMerge) merged.InsertRange(0, Merged(value));
                else entries.Add(new(key is RegoString ? key : new RegoString(key.ToJson()), value));
            }

            return (new RegoObject([.. merged, .. entries]), nodes);
        }

        private static IEnumerable<KeyValuePair<RegoValue, RegoValue>> Merged(RegoValue value) => value switch
        {
            RegoObject entries => entries,
            // Of several, the first counts.
            RegoArray several => several.Reverse().SelectMany(Merged),
            _ => throw new FormatException("yaml: map merge requires map or sequence of maps as the value"),
        };

        private static RegoValue Count((RegoValue Value, int Nodes) node, ref int nodes)
        {
            nodes += node.Nodes;
            return nodes <= MostNodes
                ? node.Value
                : throw new FormatException($"yaml: the document has more than {MostNodes} nodes");
        }
    }
}
