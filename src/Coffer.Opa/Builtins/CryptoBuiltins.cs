using System.Security.Cryptography;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Hashes and keyed hashes.</summary>
internal static class CryptoBuiltins
{
    // What they are called is what policies ask for; whether MD5 will do is for the policy to know.
#pragma warning disable CA5350, CA5351
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        Hash("crypto.md5", MD5.HashData),
        Hash("crypto.sha1", SHA1.HashData),
        Hash("crypto.sha256", SHA256.HashData),
        Keyed("crypto.hmac.md5", HMACMD5.HashData),
        Keyed("crypto.hmac.sha1", HMACSHA1.HashData),
        Keyed("crypto.hmac.sha256", HMACSHA256.HashData),
        Keyed("crypto.hmac.sha512", HMACSHA512.HashData),
        new("crypto.hmac.equal", (_, a) =>
            CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a.Text(0)), Encoding.UTF8.GetBytes(a.Text(1)))),
    ];
#pragma warning restore CA5350, CA5351

    private static KeyValuePair<string, BuiltinFunction> Hash(string name, Func<byte[], byte[]> hash) =>
        new(name, (_, a) => Convert.ToHexStringLower(hash(Encoding.UTF8.GetBytes(a.Text(0)))));

    private static KeyValuePair<string, BuiltinFunction> Keyed(string name, Func<byte[], byte[], byte[]> hash) =>
        new(name, (_, a) => Convert.ToHexStringLower(
            hash(Encoding.UTF8.GetBytes(a.Text(1)), Encoding.UTF8.GetBytes(a.Text(0)))));
}
