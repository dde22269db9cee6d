using System.Diagnostics.Metrics;
using Coffer.Edge.Apps;
using Coffer.Edge.Limits;

namespace Coffer.Edge.Telemetry;

/// <summary>
/// The metrics of a server, by the meter <c>Coffer.Edge</c>. Requests count in fields of their app; whoever looks at the
/// meter sums them up, so that no request pays for it.
/// </summary>
internal sealed class EdgeMeter : IDisposable
{
    /// <summary>The name of the meter, and of the source of activities.</summary>
    public const string Name = "Coffer.Edge";

    private readonly Meter meter = new(Name);
    private readonly AppRegistry apps;

    public EdgeMeter(AppRegistry apps, Admission admission)
    {
        this.apps = apps;
        meter.CreateObservableCounter("coffer.edge.requests", Statuses, description: "Requests that were answered");
        meter.CreateObservableCounter("coffer.edge.faults", Faults, description: "Requests that were not answered by their guest");
        Sum("coffer.edge.cpu", "s", "Processor time of guests", statistics => statistics.ProcessorTime.TotalSeconds);
        Sum("coffer.edge.guest.duration", "s", "Time that guests ran", statistics => statistics.Elapsed.TotalSeconds);
        Sum("coffer.edge.queue.duration", "s", "Time that requests waited for their turn", statistics => statistics.QueueTime.TotalSeconds);
        Sum("coffer.edge.loads", null, "Modules that were compiled or loaded", statistics => statistics.Loads);
        Sum("coffer.edge.load.duration", "s", "Time that took", statistics => statistics.LoadTime.TotalSeconds);
        Sum("coffer.edge.instantiations", null, "Sandboxes that were made", statistics => statistics.Instantiations);
        Sum("coffer.edge.instantiation.duration", "s", "Time that took", statistics => statistics.InstantiationTime.TotalSeconds);
        Sum("coffer.edge.response.body", "By", "Bytes of bodies of answers", statistics => statistics.ResponseBytes);
        Sum("coffer.edge.denials", null, "What guests wanted to do and were not granted", statistics => statistics.Denials);
        meter.CreateObservableGauge("coffer.edge.memory.peak", () => Each(statistics => statistics.MemoryPeak), "By", "The most memory that a sandbox had");
        meter.CreateObservableGauge("coffer.edge.app.running", () => apps.All.Select(app => Of(app, (long)app.Queue.Running)), description: "Requests that are being served");
        meter.CreateObservableGauge("coffer.edge.app.waiting", () => apps.All.Select(app => Of(app, (long)app.Queue.Waiting.Count)), description: "Requests that wait for their turn");
        meter.CreateObservableGauge("coffer.edge.app.loaded", () => apps.All.Select(app => Of(app, app.Current is { IsLoaded: true } ? 1L : 0)), description: "Whether the module is compiled");
        meter.CreateObservableGauge("coffer.edge.running", () => (long)admission.Running, description: "Requests that are being served in all");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private void Sum<T>(string name, string? unit, string description, Func<AppStatistics, T> read) where T : struct =>
        meter.CreateObservableCounter(name, () => Each(read), unit, description);

    private IEnumerable<Measurement<T>> Each<T>(Func<AppStatistics, T> read) where T : struct => apps.All.Select(app => Of(app, read(app.Statistics)));

    private static Measurement<T> Of<T>(App app, T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags) where T : struct =>
        new(value, [new("app", app.Name), .. tags]);

    private IEnumerable<Measurement<long>> Statuses()
    {
        foreach (var app in apps.All)
        {
            for (var statusClass = 2; statusClass <= 5; statusClass++)
            {
                if (app.Statistics.WithStatus(statusClass) is > 0 and var count) yield return Of(app, count, new KeyValuePair<string, object?>("status", $"{statusClass}xx"));
            }
        }
    }

    private IEnumerable<Measurement<long>> Faults()
    {
        foreach (var app in apps.All)
        {
            foreach (var kind in Enum.GetValues<FaultKind>())
            {
                if (app.Statistics.WithFault(kind) is > 0 and var count) yield return Of(app, count, new KeyValuePair<string, object?>("fault", FaultKinds.WordOf(kind)));
            }
        }
    }
}
