using System.Globalization;

namespace Coffer.Capabilities.Grants;

/// <summary>Numbers of bytes as people write them: <c>4096</c>, <c>64KiB</c>, <c>10MiB</c>, <c>2GiB</c>.</summary>
public static class ByteSize
{
    private static readonly (string Suffix, int Shift)[] Units =
        [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0), ("G", 30), ("M", 20), ("k", 10), ("", 0)];

    /// <summary>Reads a number of bytes.</summary>
    /// <exception cref="FormatException">It is none, or too large.</exception>
    public static long Parse(string text) =>
        TryParse(text, out var bytes) ? bytes : throw new FormatException($"\"{text}\" is no size; write 4096, 64KiB, 10MiB or 2GiB");

    /// <summary>Reads a number of bytes; false when it is none, or too large.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ArgumentNullException.ThrowIfNull(text);
        var (suffix, shift) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        var digits = text.AsSpan(0, text.Length - suffix.Length);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        if (count > long.MaxValue >> shift) return false;
        bytes = count << shift;
        return true;
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads as the same number.</summary>
    public static string Format(long bytes)
    {
        // The whole units come first; the letters alone are for reading.
        var (suffix, shift) = Units.First(unit => unit.Shift == 0 || (bytes != 0 && bytes % (1L << unit.Shift) == 0));
        return (bytes >> shift).ToString(CultureInfo.InvariantCulture) + (shift == 0 ? "" : suffix);
    }
}
