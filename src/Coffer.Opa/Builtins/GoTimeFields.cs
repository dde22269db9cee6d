using System.Globalization;
using System.Numerics;

namespace Coffer.Opa.Builtins;

/// <summary>What was read of a time, element by element of a layout.</summary>
internal sealed class GoTimeFields
{
    private int year, month = 1, day = 1, hour, minute, second, dayOfYear;
    private long nanosecond;
    private bool isAfternoon, hasHalf;
    private TimeSpan offset;

    /// <summary>Reads one element; false when the text has something else.</summary>
    public bool Read(string element, string text, ref int position)
    {
        switch (element)
        {
            case "2006": return Number(text, ref position, 4, 4, 0, 9999, out year);
            case "06":
                if (!Number(text, ref position, 2, 2, 0, 99, out year)) return false;
                year += year >= 69 ? 1900 : 2000;
                return true;
            case "01": return Number(text, ref position, 2, 2, 1, 12, out month);
            case "1": return Number(text, ref position, 1, 2, 1, 12, out month);
            case "January": return Name(
                CultureInfo.InvariantCulture.DateTimeFormat.MonthNames, text, ref position, out month);
            case "Jan": return Name(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames, text, ref position,
                out month);
            case "Monday": return Name(CultureInfo.InvariantCulture.DateTimeFormat.DayNames, text, ref position, out _);
            case "Mon": return Name(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames, text, ref position,
                out _);
            case "02": return Number(text, ref position, 2, 2, 1, 31, out day);
            case "_2" or "2":
                if (element == "_2" && position < text.Length && text[position] == ' ') position++;
                return Number(text, ref position, 1, 2, 1, 31, out day);
            case "002": return Number(text, ref position, 3, 3, 1, 366, out dayOfYear);
            case "__2":
                while (position < text.Length && text[position] == ' ') position++;
                return Number(text, ref position, 1, 3, 1, 366, out dayOfYear);
            case "15": return Number(text, ref position, 1, 2, 0, 23, out hour);
            case "03": return Number(text, ref position, 2, 2, 0, 12, out hour);
            case "3": return Number(text, ref position, 1, 2, 0, 12, out hour);
            case "04": return Number(text, ref position, 2, 2, 0, 59, out minute);
            case "4": return Number(text, ref position, 1, 2, 0, 59, out minute);
            case "05": return Number(text, ref position, 2, 2, 0, 59, out second);
            case "5": return Number(text, ref position, 1, 2, 0, 59, out second);
            case "PM" or "pm":
                if (!Name(element == "PM" ? ["AM", "PM"] : ["am", "pm"], text, ref position, out var half)) return false;
                (hasHalf, isAfternoon) = (true, half == 2);
                return true;
            case "MST": return Zone(text, ref position);
            default:
                return element[0] is '.' or ','
                    ? ReadFraction(text, ref position) || element[1] == '9'
                    : Offset(element, text, ref position);
        }
    }

    /// <summary>Reads a fraction of a second, if there is one.</summary>
    public bool ReadFraction(string text, ref int position)
    {
        if (position + 1 >= text.Length || text[position] is not ('.' or ',')
            || !char.IsAsciiDigit(text[position + 1])) return false;
        var start = ++position;
        while (position < text.Length && char.IsAsciiDigit(text[position])) position++;
        nanosecond = long.Parse(text[start..position].PadRight(9, '0')
            .AsSpan(0, 9), NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>The time in nanoseconds since 1970.</summary>
    /// <exception cref="BuiltinException">There is no such day.</exception>
    public BigInteger ToNanoseconds(string text)
    {
        if (hasHalf) hour = hour % 12 + (isAfternoon ? 12 : 0);
        // The year 0 is before all dates of the platform; no time in it is in range.
        var known = Math.Max(year, 1);
        if (dayOfYear == 0 && day > DateTime.DaysInMonth(known, month)) throw new BuiltinException(
            $"parsing time \"{text}\": day out of range");
        var date = dayOfYear > 0 ? new DateTime(known, 1, 1).AddDays(dayOfYear - 1) : new DateTime(known, month, day);
        var local = new DateTime(date.Year, date.Month, date.Day, hour, minute, second, DateTimeKind.Unspecified);
        var seconds = (local - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond - (long)offset.TotalSeconds;
        return (BigInteger)seconds * 1_000_000_000 + nanosecond;
    }

    private static bool Number(string text, ref int position, int least, int most, int minimum, int maximum, out int value)
    {
        var length = 0;
        while (length < most && position + length < text.Length && char.IsAsciiDigit(text[position + length])) length++;
        value = 0;
        if (length < least) return false;
        value = int.Parse(text.AsSpan(position, length), NumberStyles.None, CultureInfo.InvariantCulture);
        position += length;
        return value >= minimum && value <= maximum;
    }

    private static bool Name(string[] names, string text, ref int position, out int number)
    {
        var start = position;
        var index = Array.FindIndex(
            names, name => name.Length > 0 && text.AsSpan(start).StartsWith(name, StringComparison.OrdinalIgnoreCase));
        number = index + 1;
        if (index < 0) return false;
        position += names[index].Length;
        return true;
    }

    // The name says nothing of the offset unless it is that of Greenwich.
    private static bool Zone(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiLetterUpper(text[position])) position++;
        return position - start is 3 or 4 or 5;
    }

    private bool Offset(string element, string text, ref int position)
    {
        if (element[0] == 'Z' && position < text.Length && text[position] == 'Z')
        {
            position++;
            return true;
        }

        if (position >= text.Length || text[position] is not ('+' or '-')) return false;
        var isWest = text[position++] == '-';
        var (minutes, seconds) = (0, 0);
        var hasColon = element.Contains(':', StringComparison.Ordinal);
        if (!Number(text, ref position, 2, 2, 0, 24, out var hours)) return false;
        if (element.Length > 3 && !(
            Colon(hasColon, text, ref position) && Number(text, ref position, 2, 2, 0, 60, out minutes))) return false;
        if (element.Length > 6 && !(
            Colon(hasColon, text, ref position) && Number(text, ref position, 2, 2, 0, 60, out seconds))) return false;
        offset = new TimeSpan(hours, minutes, seconds);
        if (isWest) offset = -offset;
        return true;
    }

    private static bool Colon(bool hasColon, string text, ref int position)
    {
        if (!hasColon) return true;
        if (position >= text.Length || text[position] != ':') return false;
        position++;
        return true;
    }
}
