using System.Text;
using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Messages;

/// <summary>
/// The headers or trailers of a message: names in lower case, values as bytes, both checked, in the order in which they
/// came. Bounded in bytes.
/// </summary>
internal sealed class HeaderList(int maximumBytes)
{
    private const int MaximumName = ushort.MaxValue, Overhead = 4;
    private readonly List<KeyValuePair<string, byte[]>> fields = [];
    private List<string>? names;
    private int bytes;

    public int Count => fields.Count;

    /// <summary>The fields. Values are not to be changed.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Fields => fields;

    /// <summary>Each name once, in the order in which they came first.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            if (names is not null) return names;
            var seen = new HashSet<string>(StringComparer.Ordinal);
            return names = [.. fields.Select(static pair => pair.Key).Where(seen.Add)];
        }
    }

    public HeaderList Clone()
    {
        var copy = new HeaderList(maximumBytes) { bytes = bytes };
        copy.fields.AddRange(fields);
        return copy;
    }

    public byte[]? Find(string name)
    {
        foreach (var field in fields)
        {
            if (field.Key == name) return field.Value;
        }

        return null;
    }

    public List<byte[]> FindAll(string name)
    {
        var values = new List<byte[]>();
        foreach (var field in fields)
        {
            if (field.Key == name) values.Add(field.Value);
        }

        return values;
    }

    public string? FindText(string name) => Find(name) is { } value ? HeaderText.Of(value) : null;

    public void Append(string name, byte[] value)
    {
        if (!HeaderText.IsValue(value)) throw new StatusException(FastlyStatus.Error);
        if (name.Length + value.Length + Overhead > maximumBytes - bytes) throw new StatusException(FastlyStatus.HttpHeadTooLarge);
        bytes += name.Length + value.Length + Overhead;
        fields.Add(new(name, value));
        names = null;
    }

    public void Set(string name, byte[] value)
    {
        if (!HeaderText.IsValue(value)) throw new StatusException(FastlyStatus.Error);
        Remove(name);
        Append(name, value);
    }

    public void Set(string name, string value) => Set(name, Encoding.UTF8.GetBytes(value));

    /// <summary>Removes all values of a name; false when there is none.</summary>
    public bool Remove(string name)
    {
        var removed = 0;
        for (var i = fields.Count - 1; i >= 0; i--)
        {
            if (fields[i].Key != name) continue;
            bytes -= name.Length + fields[i].Value.Length + Overhead;
            fields.RemoveAt(i);
            removed++;
        }

        if (removed > 0) names = null;
        return removed > 0;
    }

    /// <summary>Adds fields of a message from outside; what is no field is left out, and so is what is too much.</summary>
    /// <returns>Whether all that were fields had room.</returns>
    public bool AddAll(IEnumerable<KeyValuePair<string, string>> outside)
    {
        foreach (var (name, text) in outside)
        {
            var value = Encoding.UTF8.GetBytes(text);
            if (name.Length == 0 || !name.All(HeaderText.IsTokenCharacter) || !HeaderText.IsValue(value)) continue;
            if (name.Length + value.Length + Overhead > maximumBytes - bytes) return false;
            Append(name.ToLowerInvariant(), value);
        }

        return true;
    }

    /// <summary>A name as a guest wrote it, in lower case.</summary>
    public static string NameOf(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaximumName) throw new StatusException(FastlyStatus.InvalidArgument);
        if (!HeaderText.IsToken(name)) throw new StatusException(FastlyStatus.Error);
        return string.Create(name.Length, name, static (text, bytes) =>
        {
            for (var i = 0; i < bytes.Length; i++) text[i] = char.ToLowerInvariant((char)bytes[i]);
        });
    }

    /// <summary>The fields as text, for whom sends them.</summary>
    public List<KeyValuePair<string, string>> ToText() =>
        [.. fields.Select(field => new KeyValuePair<string, string>(field.Key, HeaderText.Of(field.Value)))];
}
