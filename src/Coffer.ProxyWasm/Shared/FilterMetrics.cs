using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Coffer.ProxyWasm.Abi;

namespace Coffer.ProxyWasm.Shared;

/// <summary>
/// The metrics that filters define, and those of the filters themselves; published by the meter <c>Coffer.ProxyWasm</c>. A
/// name is one metric, whichever filters and VMs define it. Thread-safe.
/// </summary>
public sealed class FilterMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Coffer.ProxyWasm";

    private const int MaximumCount = 10_000, MaximumName = 512;
    private readonly Lock gate = new();
    private readonly Meter meter = new(MeterName);
    private readonly List<Metric> metrics = [];
    private readonly Dictionary<(MetricKind Kind, string Name), int> ids = [];
    private readonly Counter<long> failures, restarts;
    private readonly ConcurrentDictionary<string, StrongBox<long>> streams = new(StringComparer.Ordinal);

    /// <summary>No metrics yet.</summary>
    public FilterMetrics()
    {
        failures = meter.CreateCounter<long>("coffer.filter.failures", description: "VMs of filters that failed");
        restarts = meter.CreateCounter<long>("coffer.filter.starts", description: "VMs of filters that were started");
        // Asked for when somebody looks: counting is on the path of every request.
        meter.CreateObservableCounter(
            "coffer.filter.streams",
            () => streams.Select(pair => new Measurement<long>(Volatile.Read(ref pair.Value.Value), new KeyValuePair<string, object?>("filter", pair.Key))),
            description: "Streams that filters were shown");
    }

    /// <summary>The value of a metric by its name; null when nobody has defined it. Of a histogram, how often it was recorded.</summary>
    public long? Find(string name)
    {
        lock (gate) return metrics.Find(metric => metric.Name == name)?.Value;
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    internal void CountFailure(string filter) => failures.Add(1, new KeyValuePair<string, object?>("filter", filter));

    internal void CountStart(string filter) => restarts.Add(1, new KeyValuePair<string, object?>("filter", filter));

    /// <summary>The number of streams that a filter was shown, to be counted up.</summary>
    internal StrongBox<long> StreamsOf(string filter) => streams.GetOrAdd(filter, _ => new StrongBox<long>());

    /// <summary>The id of a metric, from 1; 0 when there are too many or the name is too long.</summary>
    internal int Define(MetricKind kind, string name)
    {
        if (name.Length is 0 or > MaximumName) return 0;
        lock (gate)
        {
            if (ids.TryGetValue((kind, name), out var id)) return id;
            if (metrics.Count >= MaximumCount) return 0;
            metrics.Add(new Metric(meter, kind, name));
            return ids[(kind, name)] = metrics.Count;
        }
    }

    internal ProxyStatus Increment(int id, long delta) => Find(id)?.Increment(delta) ?? ProxyStatus.NotFound;

    internal ProxyStatus Record(int id, ulong value) => Find(id)?.Record(value) ?? ProxyStatus.NotFound;

    internal ProxyStatus Get(int id, out long value)
    {
        var metric = Find(id);
        value = metric?.Value ?? 0;
        return metric switch
        {
            null => ProxyStatus.NotFound,
            { Kind: MetricKind.Histogram } => ProxyStatus.BadArgument,
            _ => ProxyStatus.Ok,
        };
    }

    private Metric? Find(int id)
    {
        lock (gate) return id > 0 && id <= metrics.Count ? metrics[id - 1] : null;
    }

    private sealed class Metric
    {
        private readonly Histogram<long>? histogram;
        private long value;

        public Metric(Meter meter, MetricKind kind, string name)
        {
            Kind = kind;
            Name = name;
            if (kind == MetricKind.Counter) meter.CreateObservableCounter(name, () => Value);
            else if (kind == MetricKind.Gauge) meter.CreateObservableGauge(name, () => Value);
            else histogram = meter.CreateHistogram<long>(name);
        }

        public MetricKind Kind { get; }

        public string Name { get; }

        public long Value => Interlocked.Read(ref value);

        public ProxyStatus Increment(long delta)
        {
            if (Kind == MetricKind.Histogram || (Kind == MetricKind.Counter && delta < 0)) return ProxyStatus.BadArgument;
            Interlocked.Add(ref value, delta);
            return ProxyStatus.Ok;
        }

        public ProxyStatus Record(ulong recorded)
        {
            if (Kind == MetricKind.Gauge) Interlocked.Exchange(ref value, (long)recorded);
            // As in Envoy: to record a counter is to add.
            else if (Kind == MetricKind.Counter) Interlocked.Add(ref value, (long)recorded);
            else
            {
                Interlocked.Increment(ref value);
                histogram!.Record((long)recorded);
            }

            return ProxyStatus.Ok;
        }
    }
}
