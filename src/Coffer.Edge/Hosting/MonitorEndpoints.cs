using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Hosting;

/// <summary>
/// What whoever watches a server can ask, without a token and at an address of its own: <c>/live</c>, <c>/ready</c> and, for
/// Prometheus, <c>/metrics</c>.
/// </summary>
internal sealed class MonitorEndpoints
{
    private volatile bool isReady;

    /// <summary>Whether requests are welcome: yes once the server listens, no when it is being stopped.</summary>
    public bool IsReady
    {
        get => isReady;
        set => isReady = value;
    }

    /// <summary>The requests that come by the address of monitoring.</summary>
    public void Map(WebApplication app) => app.MapWhen(context => context.Features.Get<MonitorFeature>() is not null, branch =>
    {
        branch.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
        branch.Run(AnswerAsync);
    });

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/live" => context.Response.WriteAsync("live\n"),
        "/ready" when IsReady => context.Response.WriteAsync("ready\n"),
        "/ready" => RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready"),
        _ => RefuseAsync(context, StatusCodes.Status404NotFound, "There are /live, /ready and /metrics."),
    };

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text + "\n");
    }
}

/// <summary>Marks connections that came by the address of monitoring.</summary>
internal sealed class MonitorFeature
{
    public static MonitorFeature Instance { get; } = new();
}
