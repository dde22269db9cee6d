using System.Runtime.InteropServices;

namespace Coffer.Stores;

/// <summary>What a store in memory holds. Used under <see cref="Gate"/>.</summary>
internal sealed class MemoryKeyValueContents(TimeProvider time)
{
    private static readonly Comparer<string> Order = Comparer<string>.Create(KeyRules.Compare);

    private readonly Dictionary<string, Held> entries = new(StringComparer.Ordinal);
    private readonly SortedSet<string> order = new(Order);
    private readonly SortedSet<(long Expires, string Key)> expiries = new(Comparer<(long Expires, string Key)>.Create(
        (left, right) => left.Expires != right.Expires ? left.Expires.CompareTo(right.Expires) : string.CompareOrdinal(left.Key, right.Key)));

    private long generation;

    public Lock Gate { get; } = new();

    public long Bytes { get; private set; }

    public int Entries => entries.Count;

    public long NextGeneration() => ++generation;

    public long ExpiryIn(TimeSpan timeToLive) => time.GetTimestamp() + (long)(timeToLive.TotalSeconds * time.TimestampFrequency);

    public Held? Find(string key) => entries.GetValueOrDefault(key);

    public void Set(string key, Held held)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, key, out var exists);
        if (exists) Forget(key, place!);
        else order.Add(key);
        place = held;
        Bytes += held.Bytes;
        if (held.Expires is { } expires) expiries.Add((expires, key));
    }

    public void Remove(string key)
    {
        if (!entries.Remove(key, out var held)) return;
        order.Remove(key);
        Forget(key, held);
    }

    /// <summary>Removes what has expired.</summary>
    public void Sweep()
    {
        if (expiries.Count == 0) return;
        var now = time.GetTimestamp();
        while (expiries.Count > 0 && expiries.Min is var (expires, key) && expires <= now) Remove(key);
    }

    /// <summary>The keys from one on, in order.</summary>
    public IEnumerable<string> KeysFrom(string first) =>
        order.Count == 0 || KeyRules.Compare(first, order.Max!) > 0 ? [] : order.GetViewBetween(first, order.Max!);

    public void Clear()
    {
        lock (Gate)
        {
            entries.Clear();
            order.Clear();
            expiries.Clear();
            Bytes = 0;
        }
    }

    private void Forget(string key, Held held)
    {
        Bytes -= held.Bytes;
        if (held.Expires is { } expires) expiries.Remove((expires, key));
    }

    /// <summary>An entry, its share of the store's bytes, and the timestamp at which it is gone.</summary>
    public sealed record Held(KeyValueEntry Entry, long Bytes, long? Expires);
}
