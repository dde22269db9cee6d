using System.Reflection;
using Coffer.Edge.Ambient;
using Coffer.Edge.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Coffer.Edge.Admin;

/// <summary>How the server is: <c>/v1/status</c>, the last minutes second by second (<c>/v1/metrics</c>), and what was denied.</summary>
internal static class StatusEndpoints
{
    private static readonly string Version =
        typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static void Map(IEndpointRouteBuilder api, AdminServices services)
    {
        var started = services.Time.GetTimestamp();
        api.MapGet("/status", context =>
        {
            var process = ProcessUse.Now();
            return AdminJson.WriteAsync(context, new
            {
                Version,
                Uptime = services.Time.GetElapsedTime(started).TotalSeconds,
                Apps = services.Apps.All.Count(),
                services.Runtime.Admission.Running,
                services.Runtime.Admission.Concurrency,
                process.ResidentBytes,
                process.HeapBytes,
                process.ProcessorSeconds,
                process.Threads,
                Denials = services.Denials.Total,
                CanDeploy = services.Deployments is not null,
                services.UploadBytes,
            });
        });
        api.MapGet("/metrics", context => WriteLoadAsync(context, services.Load.Total));
        api.MapGet("/apps/{app}/metrics", context =>
        {
            var app = AppEndpoints.Find(services, context).Name;
            return WriteLoadAsync(context, after => services.Load.Of(app, after));
        });
        api.MapGet("/denials", context => AdminJson.WriteAsync(context, services.Denials.List()));
    }

    private static Task WriteLoadAsync(HttpContext context, Func<long, IReadOnlyList<LoadSample>> samples) =>
        AdminJson.WriteAsync(context, samples(AdminJson.Number(context, "after", 0, long.MaxValue) ?? 0));
}
