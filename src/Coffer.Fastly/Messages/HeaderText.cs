using System.Buffers;
using System.Text;

namespace Coffer.Fastly.Messages;

/// <summary>What names and values of headers may be made of (RFC 9110, sections 5.1 and 5.5).</summary>
internal static class HeaderText
{
    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(code => code != '\t').Select(code => (byte)code), 127]);

    public static bool IsToken(ReadOnlySpan<byte> text) => text.Length > 0 && !text.ContainsAnyExcept(Token);

    public static bool IsTokenCharacter(char character) => character < 128 && Token.Contains((byte)character);

    /// <summary>Whether bytes can be a value: no line ends above all, which would begin another header.</summary>
    public static bool IsValue(ReadOnlySpan<byte> value) => !value.ContainsAny(Controls);

    /// <summary>A value as text: UTF-8 where it is that, else a character a byte.</summary>
    public static string Of(ReadOnlySpan<byte> value) =>
        System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : Encoding.Latin1.GetString(value);
}
