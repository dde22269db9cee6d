using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Routing;

/// <summary>
/// The address of an upstream with the path as the client, or a filter, wrote it. Decoded and encoded again it would not be
/// the same: <c>%26</c> is no <c>&amp;</c> to whoever compares or signs it.
/// </summary>
internal static class RawPath
{
    /// <summary>The address; null where only the decoded path is known to be the one that a route was chosen for.</summary>
    public static Uri? UrlOf(HttpRequest request, string destination)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        // As it is written it becomes the first line of a request: a filter may have put anything there.
        if (target is not ['/', ..] || target.AsSpan().ContainsAnyExceptInRange('!', '~')) return null;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        // What has dots or slashes in it that decoding moves would pass a route that was chosen for another path.
        if (Uri.UnescapeDataString(path) != request.Path.Value) return null;
        var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var url = $"{destination.TrimEnd('/')}{path}{(query < 0 ? "" : target[query..])}";
        return Uri.TryCreate(url, in options, out var result) ? result : null;
    }
}
