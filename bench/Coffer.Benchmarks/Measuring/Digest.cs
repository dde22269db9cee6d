using System.Security.Cryptography;
using System.Text;

namespace Coffer.Benchmarks.Measuring;

/// <summary>Short digests of what measurements depend on.</summary>
internal static class Digest
{
    public static string Of(params IEnumerable<string> parts) =>
        Short(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));

    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Short(SHA256.HashData(stream));
    }

    private static string Short(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 10));
}
