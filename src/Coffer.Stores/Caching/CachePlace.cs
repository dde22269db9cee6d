using System.Text;

namespace Coffer.Stores;

/// <summary>All objects of one key: the rules by which they vary, and a slot for each variant. Under the cache's lock.</summary>
internal sealed class CacheBucket(string key)
{
    private const int MaximumRules = 16;

    private TaskCompletionSource? changed;

    public string Key { get; } = key;

    /// <summary>The header names of each rule, the newest rule first.</summary>
    public List<string[]> Rules { get; } = [];

    public Dictionary<string, CacheSlot> Slots { get; } = new(StringComparer.Ordinal);

    /// <summary>Ends when an object came, or an obligation ended.</summary>
    public Task Changed => (changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Wake()
    {
        changed?.TrySetResult();
        changed = null;
    }

    public void AddRule(string[] names)
    {
        Rules.RemoveAll(rule => rule.AsSpan().SequenceEqual(names));
        Rules.Insert(0, names);
        if (Rules.Count > MaximumRules) Rules.RemoveAt(MaximumRules);
    }

    /// <summary>The slots that answer a request, those of newer rules first.</summary>
    public IEnumerable<CacheSlot> Matching(Func<string, string?> header)
    {
        foreach (var rule in Rules)
            if (Slots.TryGetValue(Variant(rule, header), out var slot))
                yield return slot;
    }

    public CacheSlot Slot(string variant)
    {
        if (!Slots.TryGetValue(variant, out var slot)) Slots.Add(variant, slot = new CacheSlot(this, variant));
        return slot;
    }

    /// <summary>The values of a request that a rule looks at, so that no two different lists give the same text.</summary>
    public static string Variant(string[] rule, Func<string, string?> header)
    {
        if (rule.Length == 0) return "";
        var text = new StringBuilder();
        foreach (var name in rule)
        {
            var value = header(name);
            text.Append(name).Append(':').Append(value?.Length ?? -1).Append(':').Append(value).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>A variant of a key: its object, and whether somebody is to fetch a new one. Under the cache's lock.</summary>
internal sealed class CacheSlot(CacheBucket bucket, string variant)
{
    public CacheBucket Bucket { get; } = bucket;

    public string Variant { get; } = variant;

    public CachedObject? Present { get; set; }

    public bool IsObligated { get; set; }
}

/// <summary>Where an object is in a cache.</summary>
internal sealed class CachePlace(CacheSlot slot, LinkedListNode<CachedObject> use)
{
    public CacheSlot Slot { get; } = slot;

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<CachedObject> Use { get; } = use;
}
