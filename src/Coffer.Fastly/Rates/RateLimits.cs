namespace Coffer.Fastly.Rates;

/// <summary>
/// Rate counters and penalty boxes by name, for all runs of an application. Counts are kept by the second for a minute, for
/// a bounded number of entries: those that were not counted for longest are forgotten first. Thread-safe.
/// </summary>
public sealed class RateLimits
{
    /// <summary>The longest time that counts are kept for, in seconds.</summary>
    public const int Seconds = 60;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly int maximumEntries;
    private readonly Dictionary<(string Counter, string Entry), LinkedListNode<Counts>> counters = [];
    private readonly LinkedList<Counts> byUse = new();
    private readonly Dictionary<(string Box, string Entry), long> penalties = [];

    /// <summary>Empty counters and boxes.</summary>
    /// <param name="time">The clock; null for the system's. It is monotonic: a clock that is set changes nothing.</param>
    /// <param name="maximumEntries">How many entries are kept, of counters and of boxes each.</param>
    public RateLimits(TimeProvider? time = null, int maximumEntries = 100_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumEntries, 1);
        this.time = time ?? TimeProvider.System;
        this.maximumEntries = maximumEntries;
    }

    private sealed class Counts((string, string) key)
    {
        public (string, string) Key { get; } = key;

        public uint[] BySecond { get; } = new uint[Seconds];

        public long Last { get; set; }
    }

    /// <summary>Adds to a counter.</summary>
    /// <param name="counter">The name of the counter.</param>
    /// <param name="entry">Whose count it is, such as the address of a client.</param>
    /// <param name="delta">How much.</param>
    public void Increment(string counter, string entry, uint delta)
    {
        var now = Now();
        lock (gate) Add(counter, entry, delta, now);
    }

    /// <summary>What was counted in the last seconds, the running one included.</summary>
    /// <param name="counter">The name of the counter.</param>
    /// <param name="entry">Whose count.</param>
    /// <param name="seconds">From 1 to <see cref="Seconds"/>.</param>
    public uint Count(string counter, string entry, int seconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seconds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, Seconds);
        var now = Now();
        lock (gate) return Sum(counter, entry, seconds, now);
    }

    /// <summary>Puts an entry into a penalty box.</summary>
    /// <param name="box">The name of the box.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="timeToLive">How long it stays.</param>
    public void Penalize(string box, string entry, TimeSpan timeToLive)
    {
        lock (gate) Punish(box, entry, timeToLive);
    }

    /// <summary>Whether an entry is in a penalty box.</summary>
    /// <param name="box">The name of the box.</param>
    /// <param name="entry">The entry.</param>
    public bool IsPenalized(string box, string entry)
    {
        lock (gate) return IsPunished(box, entry);
    }

    /// <summary>
    /// Counts, and tells whether the entry is to be blocked: it is in the box, or its rate in the window is above the limit, so
    /// that it comes into the box.
    /// </summary>
    /// <param name="counter">The name of the counter.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="delta">How much to count.</param>
    /// <param name="window">Over how many seconds the rate is taken.</param>
    /// <param name="limit">The highest rate, in counts a second.</param>
    /// <param name="box">The name of the box.</param>
    /// <param name="timeToLive">How long it stays in the box.</param>
    public bool Check(string counter, string entry, uint delta, int window, uint limit, string box, TimeSpan timeToLive)
    {
        var now = Now();
        lock (gate)
        {
            Add(counter, entry, delta, now);
            if (IsPunished(box, entry)) return true;
            if (Sum(counter, entry, window, now) <= (ulong)limit * (uint)window) return false;
            Punish(box, entry, timeToLive);
            return true;
        }
    }

    private long Now() => time.GetTimestamp() / time.TimestampFrequency;

    private void Add(string counter, string entry, uint delta, long now)
    {
        if (!counters.TryGetValue((counter, entry), out var node))
        {
            if (counters.Count >= maximumEntries)
            {
                counters.Remove(byUse.Last!.Value.Key);
                byUse.RemoveLast();
            }

            node = new LinkedListNode<Counts>(new Counts((counter, entry)) { Last = now });
            counters.Add((counter, entry), node);
        }
        else
        {
            byUse.Remove(node);
        }

        byUse.AddFirst(node);
        var counts = node.Value;
        Forget(counts, now);
        ref var second = ref counts.BySecond[now % Seconds];
        second = uint.MaxValue - second < delta ? uint.MaxValue : second + delta;
    }

    private uint Sum(string counter, string entry, int seconds, long now)
    {
        if (!counters.TryGetValue((counter, entry), out var node)) return 0;
        Forget(node.Value, now);
        var sum = 0UL;
        for (var i = 0; i < seconds; i++) sum += node.Value.BySecond[(now - i + Seconds) % Seconds];
        return (uint)Math.Min(sum, uint.MaxValue);
    }

    private static void Forget(Counts counts, long now)
    {
        var passed = Math.Min(now - counts.Last, Seconds);
        for (var i = 1; i <= passed; i++) counts.BySecond[(counts.Last + i) % Seconds] = 0;
        counts.Last = now;
    }

    private void Punish(string box, string entry, TimeSpan timeToLive)
    {
        if (penalties.Count >= maximumEntries)
        {
            var now = time.GetTimestamp();
            foreach (var gone in penalties.Where(penalty => penalty.Value <= now).Select(penalty => penalty.Key).ToList()) penalties.Remove(gone);
            if (penalties.Count >= maximumEntries) penalties.Remove(penalties.MinBy(penalty => penalty.Value).Key);
        }

        penalties[(box, entry)] = time.GetTimestamp() + (long)(timeToLive.TotalSeconds * time.TimestampFrequency);
    }

    private bool IsPunished(string box, string entry)
    {
        if (!penalties.TryGetValue((box, entry), out var end)) return false;
        if (time.GetTimestamp() < end) return true;
        penalties.Remove((box, entry));
        return false;
    }
}
