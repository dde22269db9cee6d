using System.Globalization;

namespace Coffer.Text;

/// <summary>Prints floats so that reading them gives the same bits.</summary>
internal static class FloatPrinter
{
    public static string Print32(uint bits)
    {
        const uint Canonical = 0x40_0000;
        var value = BitConverter.UInt32BitsToSingle(bits);
        return float.IsFinite(value)
            ? value.ToString("R", CultureInfo.InvariantCulture)
            : PrintSpecial(bits >> 31 != 0, bits & 0x7F_FFFF, Canonical);
    }

    public static string Print64(ulong bits)
    {
        const ulong Canonical = 0x8_0000_0000_0000;
        var value = BitConverter.UInt64BitsToDouble(bits);
        return double.IsFinite(value)
            ? value.ToString("R", CultureInfo.InvariantCulture)
            : PrintSpecial(bits >> 63 != 0, bits & 0xF_FFFF_FFFF_FFFF, Canonical);
    }

    private static string PrintSpecial(bool isNegative, ulong payload, ulong canonical)
    {
        var sign = isNegative ? "-" : "";
        if (payload == 0) return sign + "inf";
        return payload == canonical
            ? sign + "nan"
            : string.Create(CultureInfo.InvariantCulture, $"{sign}nan:0x{payload:x}");
    }
}
