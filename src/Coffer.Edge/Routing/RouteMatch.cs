using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Edge.Routing;

/// <summary>The route of a request, and its path taken apart at the end of what the route names. Immutable.</summary>
internal sealed class RouteMatch(Route route, HttpContext context)
{
    /// <summary>The route.</summary>
    public Route Route { get; } = route;

    /// <summary>The route as a person writes it.</summary>
    public string Pattern => Route.Pattern;

    /// <summary>The path that the route names, without a slash at the end.</summary>
    public string Prefix => Route.Path;

    /// <summary>The rest of the path, decoded: empty, or with a slash at its beginning.</summary>
    public string Rest => (context.Request.Path.Value ?? "")[Prefix.Length..];

    /// <summary>The rest of the path as the client wrote it.</summary>
    public string RawRest
    {
        get
        {
            var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
            var query = target.IndexOf('?', StringComparison.Ordinal);
            var path = query < 0 ? target : target[..query];
            // Where the client wrote what the route names in another way, the rest is written as the platform does.
            return path.StartsWith(Prefix, StringComparison.Ordinal) && Decode(path[Prefix.Length..]) == Rest
                ? path[Prefix.Length..]
                : Encode(Rest);
        }
    }

    // As the platform does it: once, and a slash that was written as %2F stays that.
    private static string Decode(string path) => path.Contains('%', StringComparison.Ordinal)
        ? Uri.UnescapeDataString(path.Replace("%2f", "%252f", StringComparison.Ordinal).Replace("%2F", "%252F", StringComparison.Ordinal))
        : path;

    private static string Encode(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString))
        .Replace("%252f", "%2f", StringComparison.Ordinal).Replace("%252F", "%2F", StringComparison.Ordinal);
}
