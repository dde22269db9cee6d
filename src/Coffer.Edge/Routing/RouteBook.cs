namespace Coffer.Edge.Routing;

/// <summary>
/// The routes of a running server, from several sources: its configuration, and what is deployed. Each source exchanges its own;
/// requests see all of them change at once. Thread-safe.
/// </summary>
internal sealed class RouteBook
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, IReadOnlyList<Route>> sources = [];
    private volatile RouteTable table = RouteTable.Empty;

    /// <summary>All routes now.</summary>
    public RouteTable Table => table;

    /// <summary>Whether the routes of a source would go with those of the others.</summary>
    /// <exception cref="ArgumentException">Two routes are for the same requests.</exception>
    public void Check(string source, IReadOnlyList<Route> routes)
    {
        lock (gate) _ = Join(source, routes);
    }

    /// <summary>Puts routes in the place of those that a source had.</summary>
    /// <exception cref="ArgumentException">Two routes are for the same requests; nothing has changed.</exception>
    public void Replace(string source, IReadOnlyList<Route> routes)
    {
        lock (gate)
        {
            table = Join(source, routes);
            sources[source] = routes;
        }
    }

    private RouteTable Join(string source, IReadOnlyList<Route> routes) =>
        new(sources.Where(other => other.Key != source).SelectMany(other => other.Value).Concat(routes));
}
