using System.IO.Compression;
using Coffer.ProxyWasm;

namespace Coffer.Edge.Filters;

/// <summary>The foreign functions that filters find, by the names they have in Envoy.</summary>
internal static class BuiltInFunctions
{
    private const int MaximumResult = 16 << 20;

    public static IReadOnlyDictionary<string, ForeignFunction> All { get; } = new Dictionary<string, ForeignFunction>
    {
        ["compress"] = Compress,
        ["uncompress"] = Uncompress,
        // The route is chosen when the request leaves the chain; there is nothing to clear.
        ["clear_route_cache"] = _ => [],
    };

    private static byte[] Compress(ReadOnlySpan<byte> content)
    {
        using var result = new MemoryStream();
        using (var zlib = new ZLibStream(result, CompressionLevel.Optimal)) zlib.Write(content);
        return result.ToArray();
    }

    private static byte[]? Uncompress(ReadOnlySpan<byte> content)
    {
        using var source = new ZLibStream(new MemoryStream(content.ToArray()), CompressionMode.Decompress);
        using var result = new MemoryStream();
        var buffer = new byte[8192];
        try
        {
            for (int count; (count = source.Read(buffer)) > 0;)
            {
                // A few bytes can become gigabytes.
                if (result.Length + count > MaximumResult) return null;
                result.Write(buffer, 0, count);
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }

        return result.ToArray();
    }
}
