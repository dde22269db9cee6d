namespace Coffer.Fastly.Messages;

/// <summary>The URLs that guests write: absolute, or a path (RFC 9112, section 3.2).</summary>
internal static class GuestUri
{
    private const int MaximumLength = 64 << 10;

    /// <summary>Whether bytes can be the URL of a request.</summary>
    public static bool IsValid(ReadOnlySpan<byte> uri)
    {
        if (uri.IsEmpty || uri.Length > MaximumLength || uri.ContainsAnyInRange((byte)0, (byte)' ') || uri.ContainsAny((byte)127, (byte)'\\', (byte)'#')) return uri.Length > 0 && IsFragmentOnly(uri);
        return System.Text.Unicode.Utf8.IsValid(uri) && (uri[0] == '/' || uri is [(byte)'*'] || HasAuthority(uri));
    }

    // Fragments are not sent, and programs leave them in.
    private static bool IsFragmentOnly(ReadOnlySpan<byte> uri)
    {
        var hash = uri.IndexOf((byte)'#');
        return hash > 0 && IsValid(uri[..hash]) && !uri[hash..].ContainsAnyInRange((byte)0, (byte)' ');
    }

    private static bool HasAuthority(ReadOnlySpan<byte> uri)
    {
        var scheme = uri.IndexOf("://"u8);
        if (scheme <= 0) return false;
        var rest = uri[(scheme + 3)..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?');
        return (end < 0 ? rest : rest[..end]).Length > 0;
    }

    /// <summary>The host, with its port if there is one, of an absolute URL; null for a path.</summary>
    public static string? AuthorityOf(string uri)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || uri[0] == '/') return null;
        var rest = uri[(scheme + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var user = authority.LastIndexOf('@');
        return user < 0 ? authority : authority[(user + 1)..];
    }

    /// <summary>Path and query.</summary>
    public static string PathOf(string uri)
    {
        var hash = uri.IndexOf('#', StringComparison.Ordinal);
        if (hash >= 0) uri = uri[..hash];
        if (uri.StartsWith('/')) return uri;
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return "/";
        var rest = uri[(scheme + 3)..];
        var start = rest.AsSpan().IndexOfAny('/', '?');
        if (start < 0) return "/";
        return rest[start] == '/' ? rest[start..] : "/" + rest[start..];
    }
}
