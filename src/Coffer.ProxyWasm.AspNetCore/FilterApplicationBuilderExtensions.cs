using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Puts filters in front of an application.</summary>
public static class FilterApplicationBuilderExtensions
{
    /// <summary>
    /// Takes every request through filters, and its response back. Before routing, so that a filter can change where a request
    /// goes to.
    /// </summary>
    public static IApplicationBuilder UseFilters(
        this IApplicationBuilder app, IReadOnlyList<FilterSlot> filters, HostProperties? properties = null) =>
        app.UseFilters(_ => filters, properties);

    /// <summary>
    /// Takes every request through the filters that are chosen for it, and its response back; where there are none it passes as
    /// it is.
    /// </summary>
    public static IApplicationBuilder UseFilters(
        this IApplicationBuilder app, Func<HttpContext, IReadOnlyList<FilterSlot>> choose, HostProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(choose);
        var host = properties ?? new HostProperties();
        return app.Use(next => context =>
        {
            var filters = choose(context);
            return filters.Count == 0 ? next(context) : FilterPipeline.RunAsync(context, filters, host, next);
        });
    }
}
