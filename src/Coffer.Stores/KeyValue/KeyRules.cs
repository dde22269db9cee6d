using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Coffer.Stores;

/// <summary>What keys, names and cursors may be, and how they are ordered.</summary>
internal static class KeyRules
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> Control = SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Select(code => (char)code)]);

    /// <summary>The bytes of a key.</summary>
    /// <exception cref="KeyValueException">It is none.</exception>
    public static byte[] Key(string key, KeyValueLimits limits)
    {
        var why = key switch
        {
            "" => "it is empty",
            "." or ".." => "\".\" and \"..\" are no keys",
            _ => key.AsSpan().ContainsAny('\r', '\n', '\0') ? "it has a line break or a NUL character" : null,
        };
        if (why is not null) throw new KeyValueException(KeyValueFailure.InvalidKey, $"the key {Quote(key)} is refused: {why}");
        var bytes = Encode(key, KeyValueFailure.InvalidKey, "key");
        if (bytes.Length <= limits.KeyBytes) return bytes;
        throw new KeyValueException(
            KeyValueFailure.InvalidKey, $"the key {Quote(key)} has {bytes.Length} bytes, and keys have {limits.KeyBytes} at most");
    }

    /// <summary>The bytes of a prefix of keys, which may be empty.</summary>
    public static byte[] Prefix(string prefix) => Encode(prefix, KeyValueFailure.InvalidArgument, "prefix");

    /// <summary>Checks the name of an app or a store.</summary>
    public static void CheckName(string what, string name)
    {
        if (name.Length is 0 or > 255 || name.AsSpan().ContainsAny(Control))
            throw new KeyValueException(
                KeyValueFailure.InvalidArgument, $"{Quote(name)} is no name of {what}: names have 1 to 255 characters, and no control characters");
        Encode(name, KeyValueFailure.InvalidArgument, "name");
    }

    /// <summary>A cursor that goes on behind a key.</summary>
    public static string CursorBehind(string key) => Base64Url.EncodeToString(Strict.GetBytes(key));

    /// <summary>The key that a cursor goes on behind.</summary>
    public static string KeyOfCursor(string cursor)
    {
        try
        {
            return Strict.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            throw new KeyValueException(KeyValueFailure.InvalidArgument, $"{Quote(cursor)} is no cursor of a listing", exception);
        }
    }

    /// <summary>Compares by the bytes of UTF-8, which is the order of code points.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length.CompareTo(right.Length);
        return Rank(left[common]).CompareTo(Rank(right[common]));

        // Surrogates stand for what comes behind all other characters.
        static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
    }

    /// <summary>A name as errors show it: bounded, on one line.</summary>
    public static string Quote(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var unit in text.AsSpan(0, Math.Min(text.Length, 64)))
            shown.Append(char.IsControl(unit) || char.IsSurrogate(unit) ? $"\\u{(int)unit:x4}" : unit.ToString());
        return shown.Append(text.Length > 64 ? "…\"" : "\"").ToString();
    }

    private static byte[] Encode(string text, KeyValueFailure failure, string what)
    {
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new KeyValueException(failure, $"the {what} {Quote(text)} is no Unicode text: half of a surrogate pair at {exception.Index}", exception);
        }
    }
}
