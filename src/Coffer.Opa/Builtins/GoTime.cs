using System.Globalization;
using System.Numerics;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>A time in nanoseconds since 1970, in a time zone.</summary>
internal readonly struct GoTime
{
    private readonly TimeZoneInfo zone;

    public GoTime(long nanoseconds, TimeZoneInfo zone)
    {
        Nanoseconds = nanoseconds;
        this.zone = zone;
        var seconds = Math.DivRem(nanoseconds, 1_000_000_000, out var rest);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + 1_000_000_000);
        Nanosecond = rest;
        Utc = DateTime.UnixEpoch.AddSeconds(seconds);
        Offset = zone.GetUtcOffset(Utc);
        Local = DateTime.SpecifyKind(Utc + Offset, DateTimeKind.Unspecified);
    }

    public long Nanoseconds { get; }

    /// <summary>Whole seconds.</summary>
    public DateTime Utc { get; }

    /// <summary>Whole seconds, by the clocks of the zone.</summary>
    public DateTime Local { get; }

    public long Nanosecond { get; }

    public TimeSpan Offset { get; }

    public string ZoneName
    {
        get
        {
            if (zone.Equals(TimeZoneInfo.Utc)) return "UTC";
            var name = zone.IsDaylightSavingTime(Utc) ? zone.DaylightName : zone.StandardName;
            // The platform may not know short names without data of cultures; then the offset, as in Go.
            if (name.Length is >= 3 and <= 5 && name.All(char.IsAsciiLetterUpper)) return name;
            return $"{(Offset < TimeSpan.Zero ? '-' : '+')}{Offset.Duration().Hours:00}{(Offset.Minutes == 0 ? "" : Offset.Duration().Minutes.ToString("00", CultureInfo.InvariantCulture))}";
        }
    }

    /// <summary>Reads an operand: nanoseconds, or an array of nanoseconds, a zone and perhaps a layout.</summary>
    public static (GoTime Time, string? Layout) Read(RegoValue[] operands, int index)
    {
        switch (operands[index])
        {
            case RegoNumber number:
                return (new GoTime(ReadNanoseconds(number, index), TimeZoneInfo.Utc), null);
            case RegoArray { Count: 0 }:
                throw new BuiltinException(
                    $"operand {index + 1} must be non-empty array but got empty array") { IsTypeError = true };
            case RegoArray array:
                var nanoseconds = array[0] as RegoNumber ?? throw Operands.WrongType(index, array[0], "number");
                var zone = array.Count > 1
                    ? FindZone(array[1] as RegoString ?? throw Operands.WrongType(index, array[1], "string"))
                    : TimeZoneInfo.Utc;
                var layout = array.Count > 2
                    ? (array[2] as RegoString ?? throw Operands.WrongType(index, array[2], "string")).Value
                    : null;
                return (new GoTime(ReadNanoseconds(nanoseconds, index), zone), layout);
            default:
                throw Operands.WrongType(index, operands[index], "either number (ns) or [number (ns), string (tz)]");
        }
    }

    /// <summary>Nanoseconds that fit in a time.</summary>
    public static long InRange(BigInteger nanoseconds) =>
        nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
            ? (long)nanoseconds
            : throw new BuiltinException("time outside of valid range");

    private static long ReadNanoseconds(RegoNumber number, int index)
    {
        if (!number.IsInteger) throw new BuiltinException(
            $"operand {index + 1} must be integer number but got floating-point number") { IsTypeError = true };
        return number.TryGetInt64(out var value) ? value : throw new BuiltinException("timestamp too big");
    }

    private static TimeZoneInfo FindZone(RegoString name)
    {
        if (name.Value is "" or "UTC") return TimeZoneInfo.Utc;
        if (name.Value == "Local") return TimeZoneInfo.Utc;
        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(name.Value);
        }
        catch (Exception exception) when (
            exception is TimeZoneNotFoundException or InvalidTimeZoneException or System.Security.SecurityException or ArgumentException)
        {
            throw new BuiltinException($"unknown time zone {name.Value}", exception);
        }
    }
}
