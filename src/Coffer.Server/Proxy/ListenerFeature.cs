using Coffer.Server.Proxy.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.Server.Proxy;

/// <summary>By which listener a connection came.</summary>
internal sealed record ListenerFeature(ListenerConfiguration Listener)
{
    /// <summary>That of a request.</summary>
    public static ListenerConfiguration Of(HttpContext context) =>
        context.Features.GetRequiredFeature<ListenerFeature>().Listener;
}
