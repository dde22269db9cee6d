using System.Net.Http.Headers;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Calls;

/// <summary>Headers between filters and the client that sends their calls.</summary>
internal static class UpstreamHeaders
{
    // About one connection, and not the filter's: of RFC 9110, section 7.6.1, and what the client writes itself.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "content-length", "expect",
    };

    /// <summary>Whether a field goes on with its message: it is well formed, no pseudo header, and not about the connection.</summary>
    public static bool IsOfMessage(string name, string value) =>
        !name.StartsWith(':') && !Own.Contains(name) && HeaderMap.IsName(name) && HeaderMap.IsValue(value);

    public static void Copy(HttpHeaders source, HeaderList target)
    {
        foreach (var (name, values) in source.NonValidated)
        {
            foreach (var value in values) target.TryAdd(name, value);
        }
    }

    public static void CopyTo(IReadOnlyList<KeyValuePair<string, string>> pairs, HttpRequestMessage message)
    {
        foreach (var (name, value) in pairs)
        {
            if (!IsOfMessage(name, value)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }
}
