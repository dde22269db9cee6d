using System.Net;

namespace Coffer.Capabilities.Network;

/// <summary>
/// Where an HTTP request goes, taken from the URL that will be sent: scheme, host, port and path in their one form. A
/// URL that two programs may read in two ways has none.
/// </summary>
internal readonly record struct RequestTarget(string Scheme, string Host, IPAddress? Address, int Port, string Path)
{
    /// <summary>Reads a URL; null when it is none, or not clear.</summary>
    public static RequestTarget? Read(Uri? url)
    {
        if (url is null || !url.IsAbsoluteUri || url.Scheme is not ("http" or "https")) return null;
        if (url.UserInfo.Length > 0 || !IsClear(url.OriginalString)) return null;
        var isName = url.HostNameType == UriHostNameType.Dns;
        var address = isName ? null : HostName.ParseAddress(url.IdnHost);
        var host = isName ? HostName.Normalize(url.Host) : address?.ToString();
        if (host is null || url.Port < 0) return null;
        return new RequestTarget(url.Scheme, host, address, url.Port, url.AbsolutePath);
    }

    /// <summary>
    /// Whether a path is below another one, by whole segments. Below anything but the root, paths with encoded dots,
    /// slashes or percent signs, empty segments or parameters of dot segments are below nothing: servers disagree on
    /// them.
    /// </summary>
    public static bool IsBelow(string path, string prefix)
    {
        if (prefix == "/") return true;
        var start = prefix.TrimEnd('/');
        return path.StartsWith(start, StringComparison.Ordinal)
            && (path.Length == start.Length || path[start.Length] == '/')
            && IsPlain(path);
    }

    /// <summary>Whether a path has one reading on every server.</summary>
    public static bool IsPlain(string path)
    {
        string[] ambiguous = ["%2e", "%2f", "%5c", "%25", "%00", "//", "\\", "/.;", "/..;"];
        return !ambiguous.Any(part => path.Contains(part, StringComparison.OrdinalIgnoreCase))
            && !path.Split('/').Any(segment => segment is "." or "..");
    }

    // The parser of the platform forgives all of these; the next one reads them otherwise.
    private static bool IsClear(string text)
    {
        if (text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\')) return false;
        var start = text.IndexOf("://", StringComparison.Ordinal);
        if (start < 0) return false;
        var authority = text.AsSpan(start + 3);
        var end = authority.IndexOfAny('/', '?', '#');
        if (end >= 0) authority = authority[..end];
        return authority.Length > 0 && authority.IndexOfAny('@', '%') < 0;
    }
}
