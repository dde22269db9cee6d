using System.Buffers;

namespace Coffer.ProxyWasm.Streams;

/// <summary>
/// Headers or trailers as a filter sees them: names without regard to case, pseudo headers (<c>:path</c>) among them. To
/// derive from for what keeps them elsewhere. As single-threaded as its stream.
/// </summary>
public abstract class HeaderMap
{
    /// <summary>What a filter may add to one map in all, in bytes of names and values.</summary>
    public const int MaximumBytes = 256 << 10;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\0\r\n");
    private int written;

    /// <summary>Whether changes still have an effect.</summary>
    public virtual bool IsWritable => true;

    /// <summary>How many pairs there are.</summary>
    public abstract int Count { get; }

    /// <summary>The value of a name, several joined by commas; null when it is not there.</summary>
    public abstract string? Find(string name);

    /// <summary>Adds all pairs, in order, to a list.</summary>
    public abstract void CopyTo(List<KeyValuePair<string, string>> pairs);

    /// <summary>Adds a value beside those a name has.</summary>
    protected abstract void AddValue(string name, string value);

    /// <summary>Puts a value in the place of those a name has.</summary>
    protected abstract void ReplaceValue(string name, string value);

    /// <summary>Removes all values of a name.</summary>
    protected abstract void RemoveValues(string name);

    /// <summary>Removes everything.</summary>
    protected abstract void RemoveAll();

    /// <summary>Adds a value for a filter; false when it is no header, or too much.</summary>
    public bool TryAdd(string name, string value)
    {
        if (!Admits(name, value)) return false;
        AddValue(name, value);
        return true;
    }

    /// <summary>Replaces a value for a filter; false when it is no header, or too much.</summary>
    public bool TryReplace(string name, string value)
    {
        if (!Admits(name, value)) return false;
        ReplaceValue(name, value);
        return true;
    }

    /// <summary>Removes a name for a filter; false when nothing can be changed any more.</summary>
    public bool TryRemove(string name)
    {
        if (!IsWritable) return false;
        RemoveValues(name);
        return true;
    }

    /// <summary>Puts pairs in the place of all; false, with nothing changed, when one is no header or they are too much.</summary>
    public bool TrySet(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (!IsWritable) return false;
        foreach (var (name, value) in pairs)
        {
            if (!Admits(name, value)) return false;
        }

        RemoveAll();
        foreach (var (name, value) in pairs) AddValue(name, value);
        return true;
    }

    /// <summary>Whether a text can be the name of a header; a pseudo header begins with a colon.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name is [':', .. var rest]) name = rest;
        return name.Length is > 0 and <= 1024 && !name.ContainsAnyExcept(NameCharacters);
    }

    /// <summary>Whether a text can be the value of a header.</summary>
    public static bool IsValue(ReadOnlySpan<char> value) => !value.ContainsAny(Forbidden);

    private bool Admits(string name, string value)
    {
        if (!IsWritable || !IsName(name) || !IsValue(value)) return false;
        if (name.Length + value.Length > MaximumBytes - written) return false;
        written += name.Length + value.Length;
        return true;
    }
}
