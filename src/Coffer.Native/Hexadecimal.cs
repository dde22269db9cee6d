namespace Coffer.Native;

/// <summary>
/// Bytes as hexadecimal digits in lower case. The platform's own methods use all of the processor's vectors, so that their
/// code is made when a program starts.
/// </summary>
internal static class Hexadecimal
{
    /// <summary>Two digits for each byte.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var digits = new char[bytes.Length * 2];
        for (var i = 0; i < bytes.Length; i++)
        {
            digits[2 * i] = Digit(bytes[i] >> 4);
            digits[(2 * i) + 1] = Digit(bytes[i] & 15);
        }

        return new string(digits);
    }

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
