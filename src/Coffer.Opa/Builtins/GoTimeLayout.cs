using System.Globalization;
using System.Text;

namespace Coffer.Opa.Builtins;

/// <summary>
/// Times as text by a layout of Go's <c>time</c>: an example, written for 2 January 2006, 15:04:05, seven hours west of
/// Greenwich.
/// </summary>
internal static class GoTimeLayout
{
    private static readonly Dictionary<string, string> Named = new(StringComparer.Ordinal)
    {
        ["ANSIC"] = "Mon Jan _2 15:04:05 2006",
        ["UnixDate"] = "Mon Jan _2 15:04:05 MST 2006",
        ["RubyDate"] = "Mon Jan 02 15:04:05 -0700 2006",
        ["RFC822"] = "02 Jan 06 15:04 MST",
        ["RFC822Z"] = "02 Jan 06 15:04 -0700",
        ["RFC850"] = "Monday, 02-Jan-06 15:04:05 MST",
        ["RFC1123"] = "Mon, 02 Jan 2006 15:04:05 MST",
        ["RFC1123Z"] = "Mon, 02 Jan 2006 15:04:05 -0700",
        ["RFC3339"] = "2006-01-02T15:04:05Z07:00",
        ["RFC3339Nano"] = "2006-01-02T15:04:05.999999999Z07:00",
    };

    // Longer ones before those that they begin with.
    private static readonly string[] Elements =
    [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "__2", "_2", "002", "01", "02", "03", "04", "05", "06", "15", "PM",
            "pm",
        "-07:00:00", "-07:00", "-070000", "-0700", "-07", "Z07:00:00", "Z07:00", "Z070000", "Z0700", "Z07", "1", "2", "3",
            "4", "5",
    ];

    /// <summary>The layout that a name stands for, or the layout itself.</summary>
    public static string Resolve(string layout) => Named.GetValueOrDefault(layout, layout);

    public static string Format(string layout, GoTime time)
    {
        var output = new StringBuilder();
        foreach (var (element, isElement) in Split(layout))
        {
            if (isElement) Append(output, element, time);
            else output.Append(element);
        }

        return output.ToString();
    }

    /// <summary>Reads a time, in nanoseconds since 1970.</summary>
    /// <exception cref="BuiltinException">The text does not have the layout.</exception>
    public static System.Numerics.BigInteger Parse(string layout, string text)
    {
        var fields = new GoTimeFields();
        var position = 0;
        foreach (var (element, isElement) in Split(layout))
        {
            var isRead = isElement ? fields.Read(element, text, ref position) : Skip(element, text, ref position);
            if (!isRead) throw new BuiltinException(
                $"parsing time \"{text}\" as \"{layout}\": cannot parse \"{text[Math.Min(position, text.Length)..]}\" as \"{element}\"");
            // A fraction may follow seconds even when the layout has none.
            if (element is "05" or "5" && !HasFractionNext(layout)) fields.ReadFraction(text, ref position);
        }

        if (position < text.Length) throw new BuiltinException(
            $"parsing time \"{text}\": extra text: \"{text[position..]}\"");
        return fields.ToNanoseconds(text);
    }

    private static bool HasFractionNext(string layout) =>
        Split(layout).Any(part => part.IsElement && part.Text[0] is '.' or ',');

    private static bool Skip(string literal, string text, ref int position)
    {
        foreach (var character in literal)
        {
            if (position >= text.Length || text[position] != character) return false;
            position++;
        }

        return true;
    }

    private static IEnumerable<(string Text, bool IsElement)> Split(string layout)
    {
        var start = 0;
        for (var i = 0; i < layout.Length;)
        {
            var element = ElementAt(layout, i);
            if (element is null)
            {
                i++;
                continue;
            }

            if (i > start) yield return (layout[start..i], false);
            yield return (element, true);
            start = i += element.Length;
        }

        if (start < layout.Length) yield return (layout[start..], false);
    }

    private static string? ElementAt(string layout, int index)
    {
        if (layout[index] is '.' or ',' && index + 1 < layout.Length && layout[index + 1] is '0' or '9')
        {
            var digit = layout[index + 1];
            var end = index + 1;
            while (end < layout.Length && layout[end] == digit) end++;
            return end < layout.Length && char.IsAsciiDigit(layout[end]) ? null : layout[index..end];
        }

        var element = Array.Find(Elements, element => layout.AsSpan(index).StartsWith(element));
        if (element == "_2" && layout.AsSpan(index + 1).StartsWith("2006")) return null;
        return element is "Jan" or "Mon" && index + 3 < layout.Length && char.IsAsciiLetterLower(layout[index + 3])
            ? null
            : element;
    }

    private static void Append(StringBuilder output, string element, GoTime time)
    {
        var local = time.Local;
        var hour12 = local.Hour % 12 == 0 ? 12 : local.Hour % 12;
        output.Append(element switch
        {
            "January" => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(local.Month),
            "Jan" => CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(local.Month),
            "Monday" => local.DayOfWeek.ToString(),
            "Mon" => local.DayOfWeek.ToString()[..3],
            "MST" => time.ZoneName,
            "2006" => local.Year.ToString("0000", CultureInfo.InvariantCulture),
            "06" => (local.Year % 100).ToString("00", CultureInfo.InvariantCulture),
            "01" => local.Month.ToString("00", CultureInfo.InvariantCulture),
            "1" => local.Month.ToString(CultureInfo.InvariantCulture),
            "02" => local.Day.ToString("00", CultureInfo.InvariantCulture),
            "_2" => local.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            "2" => local.Day.ToString(CultureInfo.InvariantCulture),
            "002" => local.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            "__2" => local.DayOfYear.ToString(CultureInfo.InvariantCulture).PadLeft(3),
            "15" => local.Hour.ToString("00", CultureInfo.InvariantCulture),
            "03" => hour12.ToString("00", CultureInfo.InvariantCulture),
            "3" => hour12.ToString(CultureInfo.InvariantCulture),
            "04" => local.Minute.ToString("00", CultureInfo.InvariantCulture),
            "4" => local.Minute.ToString(CultureInfo.InvariantCulture),
            "05" => local.Second.ToString("00", CultureInfo.InvariantCulture),
            "5" => local.Second.ToString(CultureInfo.InvariantCulture),
            "PM" => local.Hour >= 12 ? "PM" : "AM",
            "pm" => local.Hour >= 12 ? "pm" : "am",
            _ when element[0] is '.' or ',' => Fraction(element, time.Nanosecond),
            _ => Offset(element, time.Offset),
        });
    }

    private static string Fraction(string element, long nanosecond)
    {
        var digits = nanosecond.ToString("000000000", CultureInfo.InvariantCulture)[..Math.Min(9, element.Length - 1)];
        if (element[1] == '9') digits = digits.TrimEnd('0');
        return digits.Length == 0 ? "" : element[0] + digits;
    }

    private static string Offset(string element, TimeSpan offset)
    {
        if (element[0] == 'Z' && offset == TimeSpan.Zero) return "Z";
        var absolute = offset.Duration();
        var colon = element.Contains(':', StringComparison.Ordinal) ? ":" : "";
        var text = $"{(offset < TimeSpan.Zero ? '-' : '+')}{absolute.Hours:00}";
        if (element.Length > 3) text += $"{colon}{absolute.Minutes:00}";
        return element.Length > 6 ? $"{text}{colon}{absolute.Seconds:00}" : text;
    }
}
