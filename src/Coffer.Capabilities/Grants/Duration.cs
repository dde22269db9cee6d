using System.Globalization;

namespace Coffer.Capabilities.Grants;

/// <summary>Durations as people write them: <c>500ms</c>, <c>2s</c>, <c>1.5m</c>, <c>1h</c>.</summary>
public static class Duration
{
    private static readonly (string Unit, decimal Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">It is none, not positive, or longer than a timer can wait.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration)
        ? duration
        : throw new FormatException($"\"{text}\" is no time; write 500ms, 2s or 1m");

    /// <summary>Reads a duration; false unless it is positive and a timer can wait for it.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        ArgumentNullException.ThrowIfNull(text);
        foreach (var (unit, milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            // Timers of the platform count milliseconds in 32 bits.
            if (!decimal.TryParse(
                text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                || count > int.MaxValue / milliseconds)
            {
                return false;
            }

            duration = TimeSpan.FromTicks((long)(count * milliseconds * TimeSpan.TicksPerMillisecond));
            return duration > TimeSpan.Zero;
        }

        return false;
    }

    /// <summary>A text that <see cref="Parse"/> reads as the same duration.</summary>
    public static string Format(TimeSpan duration)
    {
        var total = (decimal)duration.Ticks / TimeSpan.TicksPerMillisecond;
        var (unit, milliseconds) = Units.Last(unit => unit.Milliseconds == 1 || total % unit.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{total / milliseconds:0.####}{unit}");
    }
}
