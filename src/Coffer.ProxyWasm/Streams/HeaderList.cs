namespace Coffer.ProxyWasm.Streams;

/// <summary>Headers that are a list of their own.</summary>
public sealed class HeaderList : HeaderMap
{
    private readonly List<KeyValuePair<string, string>> pairs = [];

    /// <summary>No headers.</summary>
    public HeaderList()
    {
    }

    /// <summary>These headers.</summary>
    public HeaderList(IEnumerable<KeyValuePair<string, string>> pairs) => this.pairs.AddRange(pairs);

    /// <summary>The pairs, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs => pairs;

    /// <inheritdoc/>
    public override int Count => pairs.Count;

    /// <inheritdoc/>
    public override string? Find(string name)
    {
        string? found = null;
        foreach (var (key, value) in pairs)
        {
            if (Same(key, name)) found = found is null ? value : $"{found},{value}";
        }

        return found;
    }

    /// <inheritdoc/>
    public override void CopyTo(List<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        pairs.AddRange(this.pairs);
    }

    /// <inheritdoc/>
    protected override void AddValue(string name, string value) => pairs.Add(new(name.ToLowerInvariant(), value));

    /// <inheritdoc/>
    protected override void ReplaceValue(string name, string value)
    {
        var first = pairs.FindIndex(pair => Same(pair.Key, name));
        if (first < 0)
        {
            AddValue(name, value);
            return;
        }

        pairs[first] = new(pairs[first].Key, value);
        for (var i = pairs.Count - 1; i > first; i--)
        {
            if (Same(pairs[i].Key, name)) pairs.RemoveAt(i);
        }
    }

    /// <inheritdoc/>
    protected override void RemoveValues(string name) => pairs.RemoveAll(pair => Same(pair.Key, name));

    /// <inheritdoc/>
    protected override void RemoveAll() => pairs.Clear();

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
