using Coffer.Edge.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Coffer.Edge.Telemetry;

/// <summary>Where what a server measures goes: to who asks the address of monitoring, and to a collector.</summary>
internal static class ServerTelemetry
{
    private static readonly string[] Meters = [EdgeMeter.Name, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    // Without any of the two nothing listens, and requests are neither measured nor traced.
    public static void Add(IServiceCollection services, EdgeConfiguration configuration)
    {
        if (configuration.Monitor is null && configuration.Collector is null) return;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("coffer"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(Meters);
            if (configuration.Monitor is not null) metrics.AddPrometheusExporter();
            if (configuration.Collector is { } collector) metrics.AddOtlpExporter(options => Send(options, collector, "v1/metrics"));
        });
        if (configuration.Collector is { } traced)
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource(EdgeMeter.Name, "Microsoft.AspNetCore")
                .AddOtlpExporter(options => Send(options, traced, "v1/traces")));
        }
    }

    private static void Send(OtlpExporterOptions options, Uri collector, string path)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri(collector, path);
    }
}
