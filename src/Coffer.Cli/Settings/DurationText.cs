using System.Globalization;

namespace Coffer.Cli.Settings;

/// <summary>Durations as people write them: <c>500ms</c>, <c>2s</c>, <c>1.5m</c>, <c>1h</c>.</summary>
internal static class DurationText
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a duration; false unless it is positive and a timer can wait for it.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (unit, seconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (!double.TryParse(
                text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            var total = count * seconds;

            // Timers of the platform count milliseconds in 32 bits.
            if (!(total > 0 && total < int.MaxValue / 1000)) return false;
            duration = TimeSpan.FromSeconds(total);
            return true;
        }

        return false;
    }
}
