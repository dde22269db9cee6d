using Coffer.Edge.Routing;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Filters;

/// <summary>Takes requests through filters to what their route says, and the answers back.</summary>
internal sealed class FilteredTarget(IReadOnlyList<FilterSlot> filters, RouteTarget target) : RouteTarget
{
    private static readonly HostProperties Properties = new();

    public override Task ServeAsync(HttpContext context, RouteMatch match) =>
        FilterPipeline.RunAsync(context, filters, Properties, inner => target.ServeAsync(inner, match));
}
