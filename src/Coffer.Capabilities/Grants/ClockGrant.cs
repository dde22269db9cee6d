using System.Globalization;

namespace Coffer.Capabilities.Grants;

/// <summary>The clocks.</summary>
public enum GuestClock
{
    /// <summary>The time of day.</summary>
    Wall,
    /// <summary>A clock that only measures, from the start of the guest on.</summary>
    Monotonic,
}

/// <summary>
/// A clock: the real one, or one that shows the same in every run. Its text is <c>wall</c> or <c>monotonic</c>, and for
/// a clock that is not real <c>=START</c> or <c>=START+STEP</c>: a time of day in UTC (<c>2026-01-01T00:00:00Z</c>) or
/// <c>0</c>, and the milliseconds by which every reading moves it on.
/// </summary>
/// <param name="Clock">Which.</param>
public sealed record ClockGrant(GuestClock Clock) : Grant
{
    private static readonly string[] Names = ["wall", "monotonic"];

    /// <summary>What the clock shows first; null for the real clock.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>By how much every reading moves a clock on that is not real.</summary>
    public TimeSpan Step { get; init; }

    /// <inheritdoc/>
    public override CapabilityKind Kind => CapabilityKind.Clock;

    /// <summary>Whether both give the same clock. Without the platform's comparer of enumerations, whose code is made at run time.</summary>
    public bool Equals(ClockGrant? other) =>
        other is not null && Clock == other.Clock && Start.Equals(other.Start) && Step == other.Step;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine((int)Clock, Start?.Ticks, Step.Ticks);

    /// <summary>The name of a clock.</summary>
    public static string NameOf(GuestClock clock) => Names[(int)clock];

    /// <summary>The text of the grant, as options and manifests take it.</summary>
    public override string ToString()
    {
        var name = NameOf(Clock);
        if (Start is not { } start) return name;
        var from = Clock == GuestClock.Monotonic ? "0" : start.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
        var step = Step == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"+{(decimal)Step.Ticks / TimeSpan.TicksPerMillisecond}ms");
        return $"{name}={from}{step}";
    }

    internal static ClockGrant Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var index = Array.IndexOf(Names, equals < 0 ? text : text[..equals]);
        if (index < 0) throw Unreadable(text);
        var grant = new ClockGrant((GuestClock)index);
        if (equals < 0) return grant;
        var rest = text[(equals + 1)..];
        var plus = rest.IndexOf('+', StringComparison.Ordinal);
        if (plus >= 0)
        {
            var step = rest[(plus + 1)..];
            if (!step.EndsWith("ms", StringComparison.Ordinal)
                || !decimal.TryParse(step[..^2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds)
                || milliseconds > int.MaxValue)
            {
                throw Unreadable(text);
            }

            grant = grant with { Step = TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond)) };
            rest = rest[..plus];
        }

        return grant with { Start = ParseStart(grant.Clock, rest) ?? throw Unreadable(text) };
    }

    private static DateTimeOffset? ParseStart(GuestClock clock, string text)
    {
        if (clock == GuestClock.Monotonic) return text == "0" ? DateTimeOffset.UnixEpoch : null;
        var isTime = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        return isTime ? time : null;
    }

    private static FormatException Unreadable(string text) =>
        new($"\"{text}\" is no clock; write wall, wall=2026-01-01T00:00:00Z, wall=2026-01-01T00:00:00Z+1ms, monotonic or monotonic=0+1ms");

    internal override Grant? Intersect(Grant other) => Equals(other) ? this : null;
}
