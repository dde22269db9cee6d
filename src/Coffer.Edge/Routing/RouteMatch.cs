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
            return path.StartsWith(Prefix, StringComparison.Ordinal) && Uri.UnescapeDataString(path[Prefix.Length..]) == Uri.UnescapeDataString(Rest)
                ? path[Prefix.Length..]
                : new PathString(Rest).ToUriComponent();
        }
    }
}
