using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Routing;

/// <summary>
/// All routes of a server. The most particular one counts: first the host (itself, then the longest wildcard, then any), then the
/// longest path. Immutable.
/// </summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, Paths> hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Paths>.AlternateLookup<ReadOnlySpan<char>> byHost;

    /// <exception cref="ArgumentException">Two routes are for the same requests.</exception>
    public RouteTable(IEnumerable<Route> routes)
    {
        byHost = hosts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var route in routes)
        {
            var host = route.Host ?? "";
            if (!hosts.TryGetValue(host, out var paths)) hosts[host] = paths = new Paths();
            paths.Add(route);
        }
    }

    /// <summary>Without routes.</summary>
    public static RouteTable Empty { get; } = new([]);

    /// <summary>The route for a request; null when there is none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="otherMethods">Those that it might have had, when only its method is not taken.</param>
    public Route? Find(HttpRequest request, out IReadOnlyList<string> otherMethods)
    {
        List<string>? others = null;
        var route = Find(request, ref others);
        otherMethods = others ?? (IReadOnlyList<string>)[];
        return route;
    }

    private Route? Find(HttpRequest request, ref List<string>? others)
    {
        var path = request.Path.Value ?? "";
        if (hosts.Count > 1 || !hosts.ContainsKey(""))
        {
            var host = HostOf(request).AsSpan();
            if (host.Length > 0 && byHost.TryGetValue(host, out var exact) && exact.Find(path, request.Method, ref others) is { } found) return found;
            for (var dot = host.IndexOf('.'); dot >= 0 && dot + 1 < host.Length;)
            {
                if (byHost.TryGetValue($"*{host[dot..]}", out var wildcard) && wildcard.Find(path, request.Method, ref others) is { } below) return below;
                var next = host[(dot + 1)..].IndexOf('.');
                dot = next < 0 ? -1 : dot + 1 + next;
            }
        }

        return hosts.TryGetValue("", out var any) ? any.Find(path, request.Method, ref others) : null;
    }

    // With a dot at its end a name is the same name.
    private static string HostOf(HttpRequest request) => request.Host.Host.TrimEnd('.');

    private sealed class Paths
    {
        private readonly Dictionary<string, List<Route>> routes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, List<Route>>.AlternateLookup<ReadOnlySpan<char>> byPath;

        public Paths() => byPath = routes.GetAlternateLookup<ReadOnlySpan<char>>();

        public void Add(Route route)
        {
            if (!routes.TryGetValue(route.Path, out var same)) routes[route.Path] = same = [];
            foreach (var other in same)
            {
                if (other.IsExact == route.IsExact && (other.Methods.Count == 0 && route.Methods.Count == 0 || other.Methods.Intersect(route.Methods).Any()))
                {
                    throw new ArgumentException($"there are two routes {route.Pattern}");
                }
            }

            same.Add(route);
            // The one that takes less is asked first.
            same.Sort((left, right) => (right.IsExact, right.Methods.Count > 0).CompareTo((left.IsExact, left.Methods.Count > 0)));
        }

        public Route? Find(ReadOnlySpan<char> path, string method, ref List<string>? others)
        {
            for (var length = path.Length; ; length = path[..length].LastIndexOf('/'))
            {
                if (length < 0) return null;
                if (byPath.TryGetValue(path[..length], out var candidates) && Choose(candidates, path.Length > length, method, ref others) is { } route) return route;
                if (length == 0) return null;
            }
        }

        private static Route? Choose(List<Route> candidates, bool isBelow, string method, ref List<string>? others)
        {
            foreach (var route in candidates)
            {
                if (route.IsExact && isBelow) continue;
                if (route.Takes(method)) return route;
                (others ??= []).AddRange(route.Methods);
            }

            return null;
        }
    }
}
