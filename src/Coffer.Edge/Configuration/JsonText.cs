using System.Text;
using System.Text.Json;

namespace Coffer.Edge.Configuration;

/// <summary>A text of JSON that remembers where everything stands, which the platform's own trees do not.</summary>
internal sealed class JsonText
{
    private readonly string name;
    private readonly byte[] bytes;

    private JsonText(string name, byte[] bytes)
    {
        this.name = name;
        this.bytes = bytes;
    }

    /// <summary>Reads a text, with comments and trailing commas.</summary>
    /// <exception cref="ConfigurationException">It is not JSON.</exception>
    public static JsonValue Read(byte[] bytes, string name)
    {
        var text = new JsonText(name, bytes);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = 32,
        });
        try
        {
            reader.Read();
            var value = text.ReadValue(ref reader, "");
            // Whatever follows is an error of the parser.
            reader.Read();
            return value;
        }
        catch (JsonException exception)
        {
            var end = exception.Message.IndexOf(" LineNumber", StringComparison.Ordinal);
            var what = end < 0 ? exception.Message : exception.Message[..end];
            throw new ConfigurationException(
                $"{name}:{exception.LineNumber + 1}:{exception.BytePositionInLine + 1}: this is not JSON: {what}", exception);
        }
    }

    /// <summary>Where a byte stands, such as <c>proxy.json:3:5</c>.</summary>
    public string Place(long offset)
    {
        var before = bytes.AsSpan(0, (int)offset);
        var line = before.Count((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"{name}:{line}:{column}";
    }

    /// <summary>The text of a value as it was written.</summary>
    public ReadOnlyMemory<byte> Source(long start, long end) => bytes.AsMemory((int)start, (int)(end - start));

    private JsonValue ReadValue(ref Utf8JsonReader reader, string path)
    {
        var start = reader.TokenStartIndex;
        var members = new List<(string Name, JsonValue Value)>();
        string? content = null;
        var kind = reader.TokenType;
        switch (kind)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString()!;
                    var place = reader.TokenStartIndex;
                    if (members.Exists(member => member.Name == key)) throw new ConfigurationException($"{Place(place)}: \"{key}\" is said twice");
                    reader.Read();
                    members.Add((key, ReadValue(ref reader, path.Length == 0 ? key : $"{path}.{key}")));
                }

                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) members.Add(("", ReadValue(ref reader, $"{path}[{members.Count}]")));
                break;
            case JsonTokenType.String:
                content = reader.GetString();
                break;
            default:
                content = Encoding.UTF8.GetString(reader.ValueSpan);
                break;
        }

        return new JsonValue(this, path, kind, content, members, start, reader.BytesConsumed);
    }
}
