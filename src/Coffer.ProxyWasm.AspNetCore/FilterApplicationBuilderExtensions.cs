using Coffer.ProxyWasm.AspNetCore.Http;
using Microsoft.AspNetCore.Builder;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Puts filters in front of an application.</summary>
public static class FilterApplicationBuilderExtensions
{
    /// <summary>
    /// Takes every request through filters, and its response back. Before routing, so that a filter can change where a request
    /// goes to.
    /// </summary>
    public static IApplicationBuilder UseFilters(
        this IApplicationBuilder app, IReadOnlyList<FilterSlot> filters, HostProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(filters);
        var host = properties ?? new HostProperties();
        return filters.Count == 0 ? app : app.Use(next => context => new FilteredExchange(context, filters, host).RunAsync(next));
    }
}
