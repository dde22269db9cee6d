using System.Globalization;
using System.Text.Json;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;

namespace Coffer.Edge.Configuration;

/// <summary>A value in a configuration, which knows its place and reads as what is expected there.</summary>
internal sealed class JsonValue(
    JsonText text, string path, JsonTokenType kind, string? content, List<(string Name, JsonValue Value)> members, long start, long end)
{
    /// <summary>The text as it was written.</summary>
    public ReadOnlyMemory<byte> Source => text.Source(start, end);

    public bool IsString => kind == JsonTokenType.String;

    public bool IsNull => kind == JsonTokenType.Null;

    public bool IsFlag => kind is JsonTokenType.True or JsonTokenType.False;

    /// <summary>A member of an object, or null.</summary>
    public JsonValue? this[string name] => members.Find(member => member.Name == name).Value;

    /// <summary>The members of an object, of which only these may be there.</summary>
    public JsonValue Only(params ReadOnlySpan<string> known)
    {
        if (kind != JsonTokenType.StartObject) throw Wrong("is an object: { … }");
        foreach (var (name, value) in members)
        {
            if (!known.Contains(name)) throw value.Error($"there is no \"{name}\" here; there are {string.Join(", ", known.ToArray())}");
        }

        return this;
    }

    /// <summary>A member that must be there.</summary>
    public JsonValue Require(string name) => this[name] ?? throw Error($"\"{name}\" is missing");

    /// <summary>The members of an object whose names are of no list.</summary>
    public IReadOnlyList<(string Name, JsonValue Value)> Members => kind == JsonTokenType.StartObject ? members : throw Wrong("is an object: { … }");

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonValue> Items => kind == JsonTokenType.StartArray ? members.Select(member => member.Value) : throw Wrong("is a list: [ … ]");

    public string Text => kind == JsonTokenType.String ? content! : throw Wrong("is a text: \"…\"");

    public bool Flag => kind switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Wrong("is true or false"),
    };

    public int Number(int minimum, int maximum) =>
        kind == JsonTokenType.Number && int.TryParse(content, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw Wrong($"is a number from {minimum} to {maximum}");

    /// <summary>One of some words, by their place in the list.</summary>
    public int Word(params ReadOnlySpan<string> words)
    {
        var index = kind == JsonTokenType.String ? words.IndexOf(content!) : -1;
        return index >= 0 ? index : throw Wrong($"is one of {string.Join(", ", words.ToArray())}");
    }

    /// <summary>The text of a setting, which may be a number or a flag where its shape says so.</summary>
    public string AsSetting(SettingShape shape) => kind switch
    {
        JsonTokenType.String when shape.HasFlag(SettingShape.Text) => content!,
        JsonTokenType.Number when shape.HasFlag(SettingShape.Number) => content!,
        JsonTokenType.True or JsonTokenType.False when shape.HasFlag(SettingShape.Flag) => content!,
        _ => throw Wrong(shape == SettingShape.Flag ? "is true or false" : shape.HasFlag(SettingShape.Number) ? "is a text or a number" : "is a text: \"…\""),
    };

    public TimeSpan Duration
    {
        get
        {
            try
            {
                return Coffer.Capabilities.Grants.Duration.Parse(Text);
            }
            catch (FormatException exception)
            {
                throw Error(exception.Message);
            }
        }
    }

    public long Bytes
    {
        get
        {
            if (kind == JsonTokenType.Number) return Number(0, int.MaxValue);
            try
            {
                return ByteSize.Parse(Text);
            }
            catch (FormatException exception)
            {
                throw Error(exception.Message);
            }
        }
    }

    public Uri Address => Uri.TryCreate(Text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.AbsolutePath == "/"
        ? address
        : throw Wrong("is an address: http://host:port");

    public ConfigurationException Error(string message) => new($"{text.Place(start)}: {(path.Length == 0 ? "" : path + ": ")}{message}");

    private ConfigurationException Wrong(string what) => Error($"this {what}");
}
