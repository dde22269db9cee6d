using Coffer.ProxyWasm.AspNetCore.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Model;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Puts filters into YARP's pipeline, by the route and the cluster that were chosen for a request.</summary>
public static class FilterReverseProxyExtensions
{
    /// <summary>Takes every request through the filters of its route.</summary>
    /// <param name="proxy">The pipeline.</param>
    /// <param name="choose">The filters of a route, by its id.</param>
    /// <param name="properties">What the host knows.</param>
    public static IReverseProxyApplicationBuilder UseRouteFilters(
        this IReverseProxyApplicationBuilder proxy, Func<string, IReadOnlyList<FilterSlot>> choose, HostProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(choose);
        proxy.UseFilters(context => choose(context.GetReverseProxyFeature().Route.Config.RouteId), properties);
        return proxy;
    }

    /// <summary>
    /// Takes every request through the filters of its cluster, when it has been decided which destination it goes to: behind
    /// <c>UseLoadBalancing</c>.
    /// </summary>
    /// <param name="proxy">The pipeline.</param>
    /// <param name="choose">The filters of a cluster, by its id.</param>
    /// <param name="properties">What the host knows.</param>
    public static IReverseProxyApplicationBuilder UseClusterFilters(
        this IReverseProxyApplicationBuilder proxy, Func<string, IReadOnlyList<FilterSlot>> choose, HostProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(choose);
        proxy.UseFilters(context => choose(context.GetReverseProxyFeature().Cluster.Config.ClusterId), properties);
        return proxy;
    }

    /// <summary>Lets filters read <c>upstream.address</c>: to be put last, before the request is forwarded.</summary>
    public static IReverseProxyApplicationBuilder UseUpstreamProperties(this IReverseProxyApplicationBuilder proxy)
    {
        proxy.Use((context, next) =>
        {
            var chosen = context.GetReverseProxyFeature().AvailableDestinations;
            if (chosen.Count > 0 && Uri.TryCreate(chosen[0].Model.Config.Address, UriKind.Absolute, out var address))
            {
                context.Features.Set(new UpstreamFeature(address));
            }

            return next(context);
        });
        return proxy;
    }
}
