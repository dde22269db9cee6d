using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Signing;

/// <summary>A signed token of JSON in its compact form (RFC 7515).</summary>
internal sealed class JsonWebToken
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private readonly byte[] signed;

    private JsonWebToken(RegoObject header, byte[] payload, byte[] signature, byte[] signed)
    {
        Header = header;
        Payload = payload;
        Signature = signature;
        this.signed = signed;
    }

    public RegoObject Header { get; }

    public byte[] Payload { get; }

    public byte[] Signature { get; }

    /// <summary>The algorithm that the header names.</summary>
    public string? Algorithm => (Header["alg"] as RegoString)?.Value;

    /// <summary>Reads a token; it is not verified.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static JsonWebToken Parse(string text)
    {
        var parts = text.Split('.');
        if (parts.Length == 1) throw new FormatException("encoded JWT had no period separators");
        if (parts.Length != 3) throw new FormatException("encoded JWT must have 3 sections, found " + parts.Length);
        var header = RegoValue.Parse(Decode(parts[0], "header")) as RegoObject
            ?? throw new FormatException("the header of the JWT is no object");
        return new JsonWebToken(header, Decode(parts[1], "payload"), Decode(parts[2], "signature"),
            Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"));
    }

    /// <summary>Whether the signature is right, by an algorithm that the header names itself, with a key.</summary>
    public bool IsSignedWith(VerificationKey key, SignatureAlgorithm algorithm) =>
        (key.Algorithm is null || key.Algorithm == algorithm.Name) && algorithm.Verify(key, signed, Signature);

    /// <summary>A token.</summary>
    public static string Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.UTF8.GetBytes(text)))}";
    }

    private static byte[] Decode(string part, string what)
    {
        // Where a letter of the other alphabet, or padding, is one too many.
        var illegal = part.AsSpan().TrimEnd('=').IndexOfAnyExcept(Alphabet);
        if (illegal < 0 && part.TrimEnd('=').Length % 4 == 1) illegal = part.Length;
        if (illegal >= 0) throw new FormatException(
            $"JWT {what} had invalid encoding: illegal base64 data at input byte {illegal}");
        // Unlike the platform's decoder of this alphabet, the other takes bits that nobody reads.
        var plain = part.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }
}
