using System.Collections.Concurrent;
using Coffer.Edge.Apps;

namespace Coffer.Edge.Telemetry;

/// <summary>What happened within one second. Immutable.</summary>
/// <param name="Time">When it ended, in milliseconds since 1970. It grows from one to the next, also where the clock is set back.</param>
/// <param name="Requests">Requests that ended.</param>
/// <param name="Errors">Those that were answered with 5xx.</param>
/// <param name="P50">The time that half of them did not exceed, in milliseconds; null without requests.</param>
/// <param name="P95">The time that 95 of a hundred did not exceed.</param>
/// <param name="P99">The time that 99 of a hundred did not exceed.</param>
internal readonly record struct LoadSample(long Time, long Requests, long Errors, double? P50, double? P95, double? P99);

/// <summary>
/// Looks once a second what happened, and keeps five minutes of it: for the server as a whole, and for each app that had requests.
/// </summary>
internal sealed class LoadSampler : IAsyncDisposable
{
    /// <summary>How many seconds are kept.</summary>
    public const int Kept = 300;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly AppRegistry apps;
    private readonly TimeProvider time;
    private readonly long start, stamp;
    private readonly ConcurrentDictionary<string, Series> series = new(StringComparer.Ordinal);
    private readonly Series total = new();
    private readonly CancellationTokenSource end = new();
    private Task sampling = Task.CompletedTask;

    /// <param name="apps">The apps.</param>
    /// <param name="time">The time.</param>
    public LoadSampler(AppRegistry apps, TimeProvider time)
    {
        this.apps = apps;
        this.time = time;
        (start, stamp) = (time.GetUtcNow().ToUnixTimeMilliseconds(), time.GetTimestamp());
    }

    /// <summary>Begins.</summary>
    public void Start() => sampling = SampleAsync();

    /// <summary>The seconds of the server as a whole that ended after a time, oldest first.</summary>
    public IReadOnlyList<LoadSample> Total(long after) => total.After(after);

    /// <summary>The seconds of an app that ended after a time, oldest first.</summary>
    public IReadOnlyList<LoadSample> Of(string app, long after) => series.TryGetValue(app, out var found) ? found.After(after) : [];

    /// <summary>Looks now.</summary>
    public void Sample()
    {
        // Whoever follows asks for what came after the last sample: a clock that is set must not make it older than those before.
        var now = start + (long)time.GetElapsedTime(stamp).TotalMilliseconds;
        var sum = new long[LatencyHistogram.Ranges];
        var requests = 0L;
        var errors = 0L;
        foreach (var app in apps.All)
        {
            if (!series.TryGetValue(app.Name, out var of))
            {
                if (app.Statistics.Requests == 0) continue;
                of = series.GetOrAdd(app.Name, static _ => new Series());
            }

            var sample = of.Add(now, app.Statistics, sum);
            requests += sample.Requests;
            errors += sample.Errors;
        }

        total.Add(new LoadSample(
            now, requests, errors, LatencyHistogram.Percentile(sum, 0.5), LatencyHistogram.Percentile(sum, 0.95), LatencyHistogram.Percentile(sum, 0.99)));
        foreach (var gone in series.Keys.Where(name => !apps.TryGet(name, out _))) series.TryRemove(gone, out _);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await sampling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task SampleAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false)) Sample();
    }

    private sealed class Series
    {
        private readonly Queue<LoadSample> samples = new();
        private readonly long[] before = new long[LatencyHistogram.Ranges];
        private AppStatistics? counted;
        private long requests, errors, newest;

        /// <summary>What happened to an app since the last time, which is added to a sum.</summary>
        public LoadSample Add(long now, AppStatistics statistics, long[] sum)
        {
            if (!ReferenceEquals(counted, statistics))
            {
                // The app was removed, and deployed again.
                counted = statistics;
                (requests, errors) = (0, 0);
                Array.Clear(before);
            }

            var (allRequests, allErrors) = (statistics.Requests, statistics.WithStatus(5));
            var counts = new long[LatencyHistogram.Ranges];
            statistics.Latency.CopyTo(counts);
            for (var index = 0; index < counts.Length; index++)
            {
                var count = counts[index];
                counts[index] -= before[index];
                before[index] = count;
                sum[index] += counts[index];
            }

            var sample = new LoadSample(
                now, allRequests - requests, allErrors - errors,
                LatencyHistogram.Percentile(counts, 0.5), LatencyHistogram.Percentile(counts, 0.95), LatencyHistogram.Percentile(counts, 0.99));
            (requests, errors) = (allRequests, allErrors);
            Add(sample);
            return sample;
        }

        public void Add(LoadSample sample)
        {
            lock (samples)
            {
                samples.Enqueue(sample);
                newest = sample.Time;
                if (samples.Count > Kept) samples.Dequeue();
            }
        }

        public IReadOnlyList<LoadSample> After(long time)
        {
            // Who has later ones has them from before a restart, after which the clock was set back.
            lock (samples) return [.. samples.Where(sample => sample.Time > time || time > newest)];
        }
    }
}
