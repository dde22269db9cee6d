using System.Globalization;

namespace Coffer.Fastly.Configuration;

/// <summary>A value of a TOML file that knows where it stands.</summary>
/// <param name="file">The file, as errors name it.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="path">The keys that lead to it, with dots.</param>
internal sealed class TomlNode(string file, int line, string path)
{
    public string Path => path;

    /// <summary>A text, a number, a truth value or a time; null for tables and arrays.</summary>
    public object? Scalar { get; init; }

    public Dictionary<string, TomlNode>? Table { get; init; }

    public List<TomlNode>? Items { get; init; }

    /// <summary>What is wrong with it, and where.</summary>
    public FastlyException Wrong(string reason) => new(string.Create(CultureInfo.InvariantCulture, $"{file}({line}): {path}: {reason}"));

    public FastlyException Wrong(string reason, Exception inner) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}({line}): {path}: {reason}: {inner.Message}"), inner);

    public TomlNode? Find(string key) => RequireTable().GetValueOrDefault(key);

    public Dictionary<string, TomlNode> RequireTable() => Table ?? throw Wrong("must be a table");

    public List<TomlNode> RequireArray() => Items ?? throw Wrong("must be an array");

    public string RequireText() => Scalar as string ?? throw Wrong("must be a text");

    public string RequireFullText()
    {
        var text = RequireText();
        return text.Trim().Length > 0 ? text : throw Wrong("must not be empty");
    }

    public bool RequireTruth() => Scalar as bool? ?? throw Wrong("must be true or false");

    public TimeSpan RequireMilliseconds() => Scalar is long number and >= 0 and <= int.MaxValue
        ? TimeSpan.FromMilliseconds(number)
        : throw Wrong("must be a number of milliseconds");

    /// <summary>A text of a table, which must be there.</summary>
    public string RequireText(string key) => (Find(key) ?? throw Wrong($"needs the key \"{key}\"")).RequireText();

    /// <summary>Fails for a key that nothing reads, which is a mistake as a rule.</summary>
    public void RequireOnly(params ReadOnlySpan<string> keys)
    {
        foreach (var (key, node) in RequireTable())
        {
            if (!keys.Contains(key)) throw node.Wrong($"is no key that is known here; known are {string.Join(", ", keys.ToArray())}");
        }
    }
}
