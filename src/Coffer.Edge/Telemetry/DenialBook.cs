using System.Text.Json.Serialization;
using Coffer.Capabilities.Audit;

namespace Coffer.Edge.Telemetry;

/// <summary>Something that guests were denied, however often. Immutable.</summary>
/// <param name="Module">The module that asked.</param>
/// <param name="Operation">The function by which it asked.</param>
/// <param name="Resource">What it asked for, as the guest names it.</param>
/// <param name="Reason">Why it was denied.</param>
/// <param name="Remedy">The option that would allow it; null when nothing would.</param>
/// <param name="Count">How often.</param>
/// <param name="Last">When last.</param>
/// <param name="Order">Which denial of all the last one was: times go back when a clock is set.</param>
internal sealed record Denial(
    string Module, string Operation, string Resource, string? Reason, string? Remedy, long Count, DateTimeOffset Last, [property: JsonIgnore] long Order);

/// <summary>
/// Sums up what guests were denied, with what would allow it. Guests choose what they ask for, so there is a bound on how much of it
/// is kept: what was not asked for the longest goes first. Thread-safe.
/// </summary>
internal sealed class DenialBook : AuditSink
{
    /// <summary>How many different denials are kept.</summary>
    public const int Kept = 200;

    private const int LongestText = 300;

    private readonly Lock gate = new();
    private readonly Dictionary<(string, string, string), Denial> denials = [];
    private long total;

    /// <inheritdoc/>
    public override bool WantsAllowed => false;

    /// <summary>All denials, those that were not kept included.</summary>
    public long Total => Volatile.Read(ref total);

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        if (audited.Allowed) return;
        var key = (audited.Module, audited.Operation, Cut(audited.Resource));
        lock (gate)
        {
            total++;
            if (denials.Count >= Kept && !denials.ContainsKey(key)) denials.Remove(denials.MinBy(pair => pair.Value.Order).Key);
            denials[key] = new Denial(
                audited.Module, audited.Operation, key.Item3, audited.Reason is { } reason ? Cut(reason) : null, audited.Remedy is { } remedy ? Cut(remedy) : null,
                (denials.TryGetValue(key, out var known) ? known.Count : 0) + 1, audited.Time, total);
        }
    }

    /// <summary>What was denied, the latest first.</summary>
    public IReadOnlyList<Denial> List()
    {
        lock (gate) return [.. denials.Values.OrderByDescending(denial => denial.Order)];
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}
