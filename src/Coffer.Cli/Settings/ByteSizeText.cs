using System.Globalization;

namespace Coffer.Cli.Settings;

/// <summary>Sizes as people write them: <c>4096</c>, <c>64KiB</c>, <c>16MiB</c>, <c>2GiB</c>.</summary>
internal static class ByteSizeText
{
    private static readonly (string Unit, int Shift)[] Units =
        [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("k", 10), ("M", 20), ("G", 30)];

    /// <summary>Reads a size in bytes.</summary>
    public static bool TryParse(string text, out ulong bytes)
    {
        var shift = 0;
        foreach (var (unit, unitShift) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            shift = unitShift;
            text = text[..^unit.Length];
            break;
        }

        var isNumber = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
        if (!isNumber || bytes << shift >> shift != bytes) return false;
        bytes <<= shift;
        return true;
    }
}
