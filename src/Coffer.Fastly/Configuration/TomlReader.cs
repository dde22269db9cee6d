using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Coffer.Fastly.Configuration;

/// <summary>Reads TOML into values that know their lines.</summary>
internal sealed class TomlReader(string file)
{
    /// <exception cref="FastlyException">It is no TOML.</exception>
    public static TomlNode Read(string text, string file)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.ParseStrict(text, file, validate: true);
        }
        catch (TomlException failure)
        {
            throw new FastlyException(failure.Message, failure);
        }

        return new TomlReader(file).ReadDocument(document);
    }

    private TomlNode ReadDocument(DocumentSyntax document)
    {
        var root = NewTable(1, "");
        foreach (var pair in document.KeyValues) Add(root, pair);
        foreach (var table in document.Tables)
        {
            var target = Descend(root, table.Name!, table is TableArraySyntax);
            foreach (var pair in table.Items) Add(target, pair);
        }

        return root;
    }

    private TomlNode NewTable(int line, string path) => new(file, line, path) { Table = new(StringComparer.Ordinal) };

    /// <summary>The table of a header; for an array of tables, a new one at its end.</summary>
    private TomlNode Descend(TomlNode root, KeySyntax name, bool isArray)
    {
        var keys = KeysOf(name);
        var node = root;
        for (var i = 0; i < keys.Count; i++)
        {
            var isLast = i == keys.Count - 1;
            var path = Join(node.Path, keys[i]);
            var line = LineOf(name);
            if (!node.Table!.TryGetValue(keys[i], out var next))
            {
                next = isLast && isArray ? new TomlNode(file, line, path) { Items = [] } : NewTable(line, path);
                node.Table.Add(keys[i], next);
            }

            if (next.Items is { } items)
            {
                if (isLast) items.Add(NewTable(line, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]")));
                next = items.Count > 0 ? items[^1] : throw next.Wrong("is an array, and no table");
            }

            node = next.Table is null ? throw next.Wrong("is no table") : next;
        }

        return node;
    }

    private void Add(TomlNode table, KeyValueSyntax pair)
    {
        var keys = KeysOf(pair.Key!);
        for (var i = 0; i < keys.Count - 1; i++)
        {
            if (!table.Table!.TryGetValue(keys[i], out var next)) table.Table.Add(keys[i], next = NewTable(LineOf(pair), Join(table.Path, keys[i])));
            table = next.Table is null ? throw next.Wrong("is no table") : next;
        }

        var path = Join(table.Path, keys[^1]);
        var value = ValueOf(pair.Value!, path);
        if (!table.Table!.TryAdd(keys[^1], value)) throw value.Wrong("is there twice");
    }

    private TomlNode ValueOf(ValueSyntax value, string path)
    {
        var line = LineOf(value);
        switch (value)
        {
            case InlineTableSyntax inline:
                var table = NewTable(line, path);
                foreach (var item in inline.Items) Add(table, item.KeyValue!);
                return table;
            case ArraySyntax array:
                var items = new List<TomlNode>();
                foreach (var item in array.Items) items.Add(ValueOf(item.Value!, string.Create(CultureInfo.InvariantCulture, $"{path}[{items.Count}]")));
                return new TomlNode(file, line, path) { Items = items };
            default:
                return new TomlNode(file, line, path)
                {
                    Scalar = value switch
                    {
                        StringValueSyntax text => text.Value,
                        IntegerValueSyntax number => number.Value,
                        FloatValueSyntax number => number.Value,
                        BooleanValueSyntax truth => truth.Value,
                        DateTimeValueSyntax time => time.Value.ToString(),
                        _ => null,
                    },
                };
        }
    }

    private static List<string> KeysOf(KeySyntax key)
    {
        var keys = new List<string> { TextOf(key.Key!) };
        foreach (var further in key.DotKeys) keys.Add(TextOf(further.Key!));
        return keys;
    }

    private static string TextOf(BareKeyOrStringValueSyntax key) => key is StringValueSyntax text ? text.Value ?? "" : ((BareKeySyntax)key).Key!.Text ?? "";

    private static int LineOf(SyntaxNode node) => node.Span.Start.Line + 1;

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
