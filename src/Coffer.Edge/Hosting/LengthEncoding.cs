using System.Text;

namespace Coffer.Edge.Hosting;

/// <summary>
/// How Content-Length is read: as digits alone (RFC 9110, section 8.6). The platform would take <c>+3</c> for three as well, which
/// another server before this one may take for something else: where a request ends must not be a matter of opinion.
/// </summary>
internal sealed class LengthEncoding : Encoding
{
    private static readonly LengthEncoding Instance = new();

    private LengthEncoding()
    {
    }

    /// <summary>Which headers are read in which way; null for the usual one.</summary>
    public static Encoding? Of(string header) => header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? Instance : null;

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        // What is no digit makes a number of none.
        for (var i = 0; i < byteCount; i++) chars[charIndex + i] = char.IsAsciiDigit((char)bytes[byteIndex + i]) ? (char)bytes[byteIndex + i] : '?';
        return byteCount;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;
}
