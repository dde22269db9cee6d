using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Coffer.Opa.Values;

/// <summary>An array.</summary>
public sealed class RegoArray : RegoValue, IReadOnlyList<RegoValue>
{
    private readonly RegoValue[] items;

    /// <summary>An array of values.</summary>
    public RegoArray(params IEnumerable<RegoValue> items) => this.items = [.. items];

    /// <inheritdoc/>
    public override string TypeName => "array";

    /// <inheritdoc/>
    public int Count => items.Length;

    private protected override int Rank => 4;

    /// <inheritdoc/>
    public RegoValue this[int index] => items[index];

    /// <inheritdoc/>
    public IEnumerator<RegoValue> GetEnumerator() => ((IEnumerable<RegoValue>)items).GetEnumerator();

    /// <inheritdoc/>
    public override int GetHashCode() => items.Aggregate(4, HashCode.Combine);

    private protected override int CompareSame(RegoValue other) => CompareAll(items, ((RegoArray)other).items);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A set: its values in order, each once.</summary>
public sealed class RegoSet : RegoValue, IReadOnlyList<RegoValue>
{
    private readonly RegoValue[] items;

    /// <summary>A set of values.</summary>
    public RegoSet(params IEnumerable<RegoValue> items) => this.items = [.. new SortedSet<RegoValue>(items)];

    /// <inheritdoc/>
    public override string TypeName => "set";

    /// <inheritdoc/>
    public int Count => items.Length;

    private protected override int Rank => 6;

    /// <inheritdoc/>
    public RegoValue this[int index] => items[index];

    /// <summary>Whether a value is in the set.</summary>
    public bool Contains(RegoValue value) => Array.BinarySearch(items, value) >= 0;

    /// <inheritdoc/>
    public IEnumerator<RegoValue> GetEnumerator() => ((IEnumerable<RegoValue>)items).GetEnumerator();

    /// <inheritdoc/>
    public override int GetHashCode() => items.Aggregate(6, HashCode.Combine);

    private protected override int CompareSame(RegoValue other) => CompareAll(items, ((RegoSet)other).items);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>An object: values by key, in the order of the keys, which may be any values.</summary>
public sealed class RegoObject : RegoValue, IReadOnlyList<KeyValuePair<RegoValue, RegoValue>>
{
    private readonly RegoValue[] keys;
    private readonly RegoValue[] values;

    /// <summary>An object; of a key that is there twice, the last counts.</summary>
    public RegoObject(params IEnumerable<KeyValuePair<RegoValue, RegoValue>> entries)
    {
        var sorted = new SortedDictionary<RegoValue, RegoValue>();
        foreach (var (key, value) in entries) sorted[key] = value;
        keys = [.. sorted.Keys];
        values = [.. sorted.Values];
    }

    /// <summary>An object whose keys are strings.</summary>
    public static RegoObject Of(params IEnumerable<(string Key, RegoValue Value)> entries) =>
        new(entries.Select(entry => new KeyValuePair<RegoValue, RegoValue>(entry.Key, entry.Value)));

    /// <summary>The object without keys.</summary>
    public static RegoObject Empty { get; } = new();

    /// <inheritdoc/>
    public override string TypeName => "object";

    /// <inheritdoc/>
    public int Count => keys.Length;

    /// <summary>The keys, in order.</summary>
    public IReadOnlyList<RegoValue> Keys => keys;

    private protected override int Rank => 5;

    /// <inheritdoc/>
    public KeyValuePair<RegoValue, RegoValue> this[int index] => new(keys[index], values[index]);

    /// <summary>The value of a key, or null.</summary>
    public RegoValue? this[RegoValue key] => TryGet(key, out var value) ? value : null;

    /// <summary>The value of a key.</summary>
    public bool TryGet(RegoValue key, [NotNullWhen(true)] out RegoValue? value)
    {
        var index = Array.BinarySearch(keys, key);
        value = index >= 0 ? values[index] : null;
        return index >= 0;
    }

    /// <summary>An object with a key added or replaced.</summary>
    public RegoObject With(RegoValue key, RegoValue value) => new([.. this, new(key, value)]);

    /// <summary>An object without a key.</summary>
    public RegoObject Without(RegoValue key) => new(this.Where(entry => entry.Key != key));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<RegoValue, RegoValue>> GetEnumerator()
    {
        for (var i = 0; i < keys.Length; i++) yield return this[i];
    }

    /// <inheritdoc/>
    public override int GetHashCode() => keys.Concat(values).Aggregate(5, HashCode.Combine);

    private protected override int CompareSame(RegoValue other)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var right = (RegoObject)other;
        var order = 0;
        for (var i = 0; order == 0 && i < keys.Length && i < right.keys.Length; i++)
        {
            order = keys[i].CompareTo(right.keys[i]);
            if (order == 0) order = values[i].CompareTo(right.values[i]);
        }

        return order != 0 ? order : keys.Length.CompareTo(right.keys.Length);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
