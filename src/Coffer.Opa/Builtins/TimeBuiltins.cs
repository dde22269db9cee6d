using System.Buffers;
using System.Globalization;
using System.Numerics;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Times, which are nanoseconds since 1970.</summary>
internal static class TimeBuiltins
{
    private const string Rfc3339 = "2006-01-02T15:04:05Z07:00";

    private static readonly SearchValues<char> AmountCharacters = SearchValues.Create("0123456789.");

    private static readonly Dictionary<string, long> DurationUnits = new(StringComparer.Ordinal)
    {
        ["ns"] = 1,
        ["us"] = 1_000,
        ["\u00B5s"] = 1_000,
        ["\u03BCs"] = 1_000,
        ["ms"] = 1_000_000,
        ["s"] = 1_000_000_000,
        ["m"] = 60_000_000_000,
        ["h"] = 3_600_000_000_000,
    };

    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("time.now_ns", (context, _) => Nanoseconds(context.Now())),
        new("time.parse_ns", (_, a) => GoTime.InRange(GoTimeLayout.Parse(GoTimeLayout.Resolve(a.Text(0)), a.Text(1)))),
        new("time.parse_rfc3339_ns", (_, a) => GoTime.InRange(GoTimeLayout.Parse(Rfc3339, a.Text(0)))),
        new("time.parse_duration_ns", (_, a) => Duration(a.Text(0))),
        new("time.format", (_, a) => Format(a)),
        new("time.date", (_, a) => GoTime.Read(a, 0).Time.Local is var local
            ? new RegoArray(local.Year, local.Month, local.Day)
            : null),
        new("time.clock", (_, a) =>
            GoTime.Read(a, 0).Time.Local is var local ? new RegoArray(local.Hour, local.Minute, local.Second) : null),
        new("time.weekday", (_, a) => GoTime.Read(a, 0).Time.Local.DayOfWeek.ToString()),
        new("time.add_date", (_, a) => Add(GoTime.Read(a, 0).Time, a.SmallInteger(1), a.SmallInteger(2), a.SmallInteger(3))),
        new("time.diff", (_, a) => Difference(GoTime.Read(a, 0).Time, GoTime.Read(a, 1).Time)),
    ];

    /// <summary>A time in nanoseconds since 1970.</summary>
    public static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>A duration such as <c>1h30m</c> in nanoseconds.</summary>
    public static long Duration(string text)
    {
        var rest = text.AsSpan();
        var isNegative = rest.StartsWith("-");
        if (rest.Length > 0 && rest[0] is '-' or '+') rest = rest[1..];
        if (rest is "0") return 0;
        if (rest.IsEmpty) throw new BuiltinException($"time: invalid duration \"{text}\"");
        var total = BigInteger.Zero;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAnyExcept(AmountCharacters);
            if (end < 0) throw new BuiltinException($"time: missing unit in duration \"{text}\"");
            if (!decimal.TryParse(rest[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var amount)) throw new BuiltinException($"time: invalid duration \"{text}\"");
            rest = rest[end..];
            var length = rest.IndexOfAny(AmountCharacters) is var next && next < 0 ? rest.Length : next;
            if (!DurationUnits.TryGetValue(rest[..length].ToString(), out var unit)) throw new BuiltinException(
                $"time: unknown unit \"{rest[..length]}\" in duration \"{text}\"");
            total += (BigInteger)decimal.Truncate(amount) * unit + (BigInteger)((amount - decimal.Truncate(amount)) * unit);
            rest = rest[length..];
        }

        if (isNegative) total = -total;
        return total >= long.MinValue && total <= long.MaxValue
            ? (long)total
            : throw new BuiltinException($"time: invalid duration \"{text}\"");
    }

    private static string Format(RegoValue[] operands)
    {
        var (time, layout) = GoTime.Read(operands, 0);
        return GoTimeLayout.Format(GoTimeLayout.Resolve(layout ?? "RFC3339Nano"), time);
    }

    // Days that a month does not have are days of the next, as in Go.
    private static long Add(GoTime time, int years, int months, int days)
    {
        var month = (BigInteger)time.Local.Year * 12 + time.Local.Month - 1 + (BigInteger)years * 12 + months;
        var year = BigInteger.Divide(month - (month.Sign < 0 ? 11 : 0), 12);
        if (year < 1600 || year > 2300 || Math.Abs((long)days) > 400_000) throw new BuiltinException(
            "time outside of valid range");
        var date = new DateTime((int)year, (int)(month - year * 12) + 1, 1).AddDays(time.Local.Day - 1L + days);
        var moved = date - time.Local.Date;
        return GoTime.InRange(time.Nanoseconds + (BigInteger)moved.Ticks * 100);
    }

    // Years, months, days, hours, minutes and seconds between two times, in the zone of the first.
    private static RegoArray Difference(GoTime first, GoTime second)
    {
        var (from, to) = (first.Local, second.Utc + first.Offset);
        if (from > to) (from, to) = (to, from);
        int[] parts = [to.Year - from.Year, to.Month - from.Month, to.Day - from.Day, to.Hour - from.Hour,
            to.Minute - from.Minute, to.Second - from.Second];
        if (parts[5] < 0) (parts[5], parts[4]) = (parts[5] + 60, parts[4] - 1);
        if (parts[4] < 0) (parts[4], parts[3]) = (parts[4] + 60, parts[3] - 1);
        if (parts[3] < 0) (parts[3], parts[2]) = (parts[3] + 24, parts[2] - 1);
        if (parts[2] < 0) (parts[2], parts[1]) = (parts[2] + DateTime.DaysInMonth(from.Year, from.Month), parts[1] - 1);
        if (parts[1] < 0) (parts[1], parts[0]) = (parts[1] + 12, parts[0] - 1);
        return new RegoArray(parts.Select(part => RegoNumber.Of((long)part)));
    }
}
