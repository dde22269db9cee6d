using Coffer.ProxyWasm.AspNetCore.Tcp;
using Microsoft.AspNetCore.Connections;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Puts filters in front of what serves connections.</summary>
public static class FilterConnectionBuilderExtensions
{
    /// <summary>
    /// Takes every connection through filters for TCP. They see what is added after this line: put it behind <c>UseHttps</c>
    /// for filters that are to see what is encrypted on the wire.
    /// </summary>
    public static IConnectionBuilder UseFilters(
        this IConnectionBuilder builder, Func<IReadOnlyList<FilterSlot>> filters, HostProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(filters);
        var host = properties ?? new HostProperties();
        return builder.Use(next => connection =>
        {
            var chain = filters();
            return chain.Count == 0 ? next(connection) : new FilteredConnection(connection, chain, host).RunAsync(next);
        });
    }
}
