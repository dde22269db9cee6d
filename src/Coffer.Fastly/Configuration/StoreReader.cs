using System.Text;
using System.Text.Json;
using Coffer.Fastly.Ambient;
using Coffer.Stores;

namespace Coffer.Fastly.Configuration;

/// <summary>Reads stores: configuration, secrets, keys and values, each inline or from a JSON file.</summary>
internal sealed class StoreReader(ConfigurationFiles files)
{
    private const string Json = "json", InlineToml = "inline-toml";

    public ConfigStore ReadConfigStore(string name, TomlNode node)
    {
        node.RequireOnly("format", "contents", "file");
        var entries = node.RequireText("format") switch
        {
            InlineToml => (node.Find("contents") ?? throw node.Wrong("needs the key \"contents\"")).RequireTable()
                .Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value.RequireText())),
            Json => Strings(node),
            var other => throw node.Find("format")!.Wrong($"\"{other}\" is no format; write {InlineToml} or {Json}"),
        };
        return Make(node, () => new ConfigStore(name, entries));
    }

    public SecretStore ReadSecretStore(string name, TomlNode node)
    {
        var secrets = new List<KeyValuePair<string, Secret>>();
        if (node.Items is { } items)
        {
            foreach (var item in items)
            {
                item.RequireOnly("key", "data", "file", "env");
                secrets.Add(new(SecretName(item.Find("key") ?? throw item.Wrong("needs the key \"key\""), item.RequireText("key")), new Secret(SecretOf(item))));
            }
        }
        else
        {
            RequireJsonFile(node);
            secrets.AddRange(Strings(node).Select(pair => new KeyValuePair<string, Secret>(SecretName(node, pair.Key), new Secret(Encoding.UTF8.GetBytes(pair.Value)))));
        }

        return Make(node, () => new SecretStore(name, secrets));
    }

    public IReadOnlyList<KeyValueSeed> ReadKeyValueStore(string name, TomlNode node)
    {
        if (node.Items is { } items) return [.. items.Select(ReadEntry)];
        RequireJsonFile(node);
        return [.. FileReading.Json(files, node.Find("file")!).Select(pair => ReadEntry(node, pair.Key, pair.Value))];
    }

    private KeyValueSeed ReadEntry(TomlNode item)
    {
        item.RequireOnly("key", "data", "file", "path", "metadata");
        var key = item.RequireText("key");
        // "path" is what "file" was called at first.
        var file = item.Find("file") ?? item.Find("path");
        var data = item.Find("data");
        if (file is null == data is null) throw item.Wrong("needs either \"data\" or \"file\"");
        var value = file is not null ? FileReading.Bytes(files, file) : Encoding.UTF8.GetBytes(data!.RequireText());
        return new KeyValueSeed(key, value, MetadataOf(item.Find("metadata")?.RequireText()));
    }

    private KeyValueSeed ReadEntry(TomlNode node, string key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return new KeyValueSeed(key, Encoding.UTF8.GetBytes(value.GetString()!), null);
        if (value.ValueKind != JsonValueKind.Object) throw node.Wrong($"the value of \"{key}\" in the file must be a text, or an object with \"data\" or \"file\"");
        var data = TextOf(node, key, value, "data");
        var file = TextOf(node, key, value, "file");
        if (data is null == file is null) throw node.Wrong($"the value of \"{key}\" in the file needs either \"data\" or \"file\"");
        byte[] bytes;
        try
        {
            bytes = file is null ? Encoding.UTF8.GetBytes(data!) : files.Read(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw node.Wrong($"the file \"{file}\" for \"{key}\" cannot be read", failure);
        }

        return new KeyValueSeed(key, bytes, MetadataOf(TextOf(node, key, value, "metadata")));
    }

    private static ReadOnlyMemory<byte>? MetadataOf(string? text)
    {
        if (text is null) return null;
        return Encoding.UTF8.GetBytes(text);
    }

    private static string? TextOf(TomlNode node, string key, JsonElement value, string member)
    {
        if (!value.TryGetProperty(member, out var text)) return null;
        return text.ValueKind == JsonValueKind.String ? text.GetString() : throw node.Wrong($"\"{member}\" of \"{key}\" in the file must be a text");
    }

    private byte[] SecretOf(TomlNode item)
    {
        var sources = new[] { item.Find("data"), item.Find("file"), item.Find("env") };
        if (sources.Count(source => source is not null) != 1) throw item.Wrong("needs one of \"data\", \"file\" and \"env\"");
        if (sources[0] is { } data) return Encoding.UTF8.GetBytes(data.RequireText());
        if (sources[1] is { } file) return FileReading.Bytes(files, file);
        return Encoding.UTF8.GetBytes(ConfigurationFiles.Variable(sources[2]!.RequireText()) ?? "");
    }

    private static string SecretName(TomlNode node, string name)
    {
        var isName = name.Length is > 0 and <= SecretStore.NameBytes && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.');
        return isName ? name : throw node.Wrong($"\"{name}\" is no name of a secret: letters, digits, dashes, underscores and periods, {SecretStore.NameBytes} at most");
    }

    private IEnumerable<KeyValuePair<string, string>> Strings(TomlNode node)
    {
        var file = node.Find("file") ?? throw node.Wrong("needs the key \"file\"");
        foreach (var (key, value) in FileReading.Json(files, file))
        {
            yield return value.ValueKind == JsonValueKind.String ? new(key, value.GetString()!) : throw file.Wrong($"the value of \"{key}\" in the file must be a text");
        }
    }

    private static void RequireJsonFile(TomlNode node)
    {
        if (node.Table is null) throw node.Wrong("must be an array of tables, or a table with \"file\" and \"format\"");
        node.RequireOnly("file", "format");
        node.RequireText("file");
        if (node.RequireText("format") is var format and not Json) throw node.Find("format")!.Wrong($"\"{format}\" is no format; write {Json}");
    }

    private static T Make<T>(TomlNode node, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException refused)
        {
            throw node.Wrong(refused.Message);
        }
    }
}
