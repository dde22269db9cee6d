using System.Text.Json;
using Coffer.Edge.Filters;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Metrics;

namespace Coffer.Server.Proxy;

/// <summary>
/// What administration can ask, at an address of its own: <c>/metrics</c> for Prometheus, <c>/ready</c>, and <c>/filters</c>.
/// </summary>
internal static class AdminEndpoints
{
    public static void Map(WebApplication app, FilterSet filters) =>
        app.MapWhen(context => ListenerFeature.Of(context).IsAdmin, branch =>
        {
            branch.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
            branch.Run(context => context.Request.Path.Value switch
            {
                "/ready" => context.Response.WriteAsync("ready\n"),
                "/filters" => WriteFiltersAsync(context, filters),
                _ => NotFound(context),
            });
        });

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There are /metrics, /ready and /filters.\n");
    }

    private static async Task WriteFiltersAsync(HttpContext context, FilterSet filters)
    {
        context.Response.ContentType = "application/json";
        var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Indented = true });
        await using (json.ConfigureAwait(false))
        {
            json.WriteStartArray();
            foreach (var (name, filter, digest) in filters.All)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("module", filter.Module.Name);
                json.WriteString("abi", filter.Abi);
                json.WriteString("digest", digest);
                json.WriteNumber("runningWorkers", filter.RunningWorkers);
                json.WriteNumber("workers", filter.Options.Workers);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }
}
