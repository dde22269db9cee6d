using System.Text;
using System.Text.Json;

namespace Coffer.Capabilities.Manifests;

/// <summary>
/// The text of a manifest, checked against <see cref="ManifestShape"/> and taken apart into keys and values of a
/// configuration. It remembers where each stood, which a configuration does not.
/// </summary>
internal sealed class ManifestText
{
    private readonly string name;
    private readonly byte[] bytes;
    private readonly Dictionary<string, long> places = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase);

    private ManifestText(string name, byte[] bytes)
    {
        this.name = name;
        this.bytes = bytes;
    }

    /// <summary>The values by their keys, such as <c>grants:directories:0</c>.</summary>
    public IReadOnlyDictionary<string, string?> Values => values;

    /// <exception cref="ManifestException">It is not JSON, or not of the shape of a manifest.</exception>
    public static ManifestText Read(string json, string name)
    {
        var text = new ManifestText(name, Encoding.UTF8.GetBytes(json));
        var reader = new Utf8JsonReader(text.bytes, new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = 8,
        });
        try
        {
            text.ReadDocument(ref reader);
            return text;
        }
        catch (JsonException exception)
        {
            // What the parser says beyond the place speaks of options that no reader has.
            var end = exception.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
            var what = end < 0 ? exception.Message : exception.Message[..end];
            var place = $"{name}:{exception.LineNumber + 1}:{exception.BytePositionInLine + 1}";
            throw new ManifestException($"{place}: this is not JSON: {what}", exception);
        }
    }

    /// <summary>Where a key stands, such as <c>coffer.json:3:5</c>; null when it is not in this text.</summary>
    public string? PlaceOf(string key) => places.TryGetValue(key, out var offset) ? Place(offset) : null;

    private void ReadDocument(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong(ref reader, "a manifest is an object: { … }");
        while (NextKey(ref reader, "", ManifestShape.Top) is { } key)
        {
            if (key == ManifestShape.Grants) ReadGrants(ref reader);
            else if (ManifestShape.Sections.TryGetValue(key, out var rows)) ReadSection(ref reader, key, rows);
            else ReadValue(ref reader, key, SettingShape.Text);
        }

        // Whatever follows is an error of the parser.
        reader.Read();
    }

    private void ReadGrants(ref Utf8JsonReader reader)
    {
        RequireObject(ref reader, ManifestShape.Grants);
        while (NextKey(ref reader, ManifestShape.Grants + ":", ManifestShape.Lists) is { } key)
        {
            var list = $"{ManifestShape.Grants}:{key}";
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw Wrong(ref reader, $"\"{ManifestShape.Describe(list)}\" is a list of texts: [\"…\", \"…\"]");
            }

            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                ReadValue(ref reader, $"{list}:{i}", SettingShape.Text | SettingShape.Number);
            }
        }
    }

    private void ReadSection(ref Utf8JsonReader reader, string section, IReadOnlyDictionary<string, SettingShape> rows)
    {
        RequireObject(ref reader, section);
        while (NextKey(ref reader, section + ":", rows.Keys) is { } key)
        {
            ReadValue(ref reader, $"{section}:{key}", rows[key]);
        }
    }

    /// <summary>Moves to the value of the next key; null at the end of the object.</summary>
    private string? NextKey(ref Utf8JsonReader reader, string prefix, IEnumerable<string> known)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject) return null;
        var key = reader.GetString()!;
        if (!known.Contains(key))
        {
            var unknown = ManifestShape.Describe(prefix + key);
            throw Wrong(ref reader, $"there is no \"{unknown}\"; there are {string.Join(", ", known)}");
        }

        if (!places.TryAdd(prefix + key, reader.TokenStartIndex))
        {
            throw Wrong(ref reader, $"\"{ManifestShape.Describe(prefix + key)}\" is said twice");
        }

        reader.Read();
        return key;
    }

    private void ReadValue(ref Utf8JsonReader reader, string key, SettingShape shape)
    {
        values[key] = reader.TokenType switch
        {
            JsonTokenType.String when shape.HasFlag(SettingShape.Text) => reader.GetString(),
            JsonTokenType.Number when shape.HasFlag(SettingShape.Number) => Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.True when shape.HasFlag(SettingShape.Flag) => "true",
            JsonTokenType.False when shape.HasFlag(SettingShape.Flag) => "false",
            _ => throw Wrong(ref reader, $"\"{ManifestShape.Describe(key)}\" is {Describe(shape)}"),
        };
        places[key] = reader.TokenStartIndex;
    }

    private void RequireObject(ref Utf8JsonReader reader, string key)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong(ref reader, $"\"{key}\" is an object: {{ … }}");
    }

    private static string Describe(SettingShape shape) => shape switch
    {
        SettingShape.Flag => "true or false",
        SettingShape.Text => "a text: \"…\"",
        _ => "a text or a number",
    };

    private ManifestException Wrong(ref Utf8JsonReader reader, string message) =>
        new($"{Place(reader.TokenStartIndex)}: {message}");

    private string Place(long offset)
    {
        var before = bytes.AsSpan(0, (int)offset);
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"{name}:{line}:{column}";
    }
}
