using System.Collections.Concurrent;
using System.Text;
using Coffer.Plugins.Testing;
using Coffer.ProxyWasm.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// A host of filters that is faked: its clock stands until the test moves it, its upstreams answer what the test says, and
/// everything that filters do to it is kept. Filters of one host share what filters share. For one test at a time.
/// </summary>
public sealed class TestHost : IDisposable
{
    // Of real time. What a test waits for is work that is under way, so this is only reached by a guest that does not return.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RecordedLogs logs;
    private readonly ConcurrentQueue<Exception> failures = new();
    private readonly Dictionary<string, ForeignFunction> functions = new(StringComparer.Ordinal);

    /// <summary>A host without upstreams.</summary>
    /// <param name="lowestLevel">The least level that is kept of what is logged; the filter's own is in its options.</param>
    public TestHost(LogLevel lowestLevel = LogLevel.Trace)
    {
        logs = new RecordedLogs(lowestLevel);
        Upstreams = new FakeUpstreams(this);
        Host = new FilterHost
        {
            Logger = logs.CreateLogger("filters"),
            Upstreams = Upstreams,
            ForeignFunctions = functions,
            Time = Time,
            GuestTime = new GuestClock(Time),
            Failed = failures.Enqueue,
        };
    }

    /// <summary>The clock, which stands at the beginning of 2030 until it is moved.</summary>
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>What filters call.</summary>
    public FakeUpstreams Upstreams { get; }

    /// <summary>The metrics that filters have defined.</summary>
    public FilterMetrics Metrics => Host.Metrics;

    /// <summary>What was logged, by filters and by the host about them, as level and text without the filter's name.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> Logs => [.. logs.All.Select(log => (log.Level, Message(log)))];

    /// <summary>Why VMs and instances failed: traps with their backtraces, deadlines, exhausted limits.</summary>
    public IReadOnlyList<Exception> Failures => [.. failures];

    /// <summary>What it is made of, for code of an application that needs that.</summary>
    public FilterHost Host { get; }

    /// <summary>Offers a function that filters call by a name.</summary>
    public TestHost AddFunction(string name, ForeignFunction function)
    {
        functions[name] = function;
        return this;
    }

    /// <summary>Moves the clock: timers go off, calls time out. Waits until the filters have done what follows.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        await SettleAsync().ConfigureAwait(false);
        Time.Advance(time);
        await SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Sets a value of the data that filters share.</summary>
    public void SetData(string vmId, string key, string value) => Host.Data.Set(vmId, key, Encoding.UTF8.GetBytes(value), 0);

    /// <summary>A value of the data that filters share, as text; null when there is none.</summary>
    public string? FindData(string vmId, string key) => Host.Data.TryGet(vmId, key, out var value, out _) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Adds an item to a queue that a filter has registered, and waits until its receiver has been told.</summary>
    /// <exception cref="FilterAssertionException">No filter has registered the queue, or it is full.</exception>
    public Task EnqueueAsync(string vmId, string queue, string item)
    {
        var id = Host.Queues.Resolve(vmId, queue);
        if (!Host.Queues.TryEnqueue(id, Encoding.UTF8.GetBytes(item), out var isFull)) throw new FilterAssertionException($"No filter of VM id \"{vmId}\" has registered the queue \"{queue}\".");
        if (isFull) throw new FilterAssertionException($"The queue \"{queue}\" is full.");
        return SettleAsync();
    }

    /// <summary>Takes the oldest item of a queue, as text; null when there is none.</summary>
    public string? Dequeue(string vmId, string queue) =>
        Host.Queues.TryDequeue(Host.Queues.Resolve(vmId, queue), out var item) && item is not null ? Encoding.UTF8.GetString(item) : null;

    /// <summary>Waits until nothing is under way: every answer and every item has been delivered.</summary>
    /// <exception cref="FilterAssertionException">That takes for ever.</exception>
    public async Task SettleAsync()
    {
        var begin = TimeProvider.System.GetTimestamp();
        for (var tries = 0; Host.UnderWay != Upstreams.Waiting; tries++)
        {
            if (TimeProvider.System.GetElapsedTime(begin) > Patience) throw new FilterAssertionException("A filter does not come to rest.");
            if (tries < 16) await Task.Yield();
            else await Task.Delay(1).ConfigureAwait(false);
        }
    }

    /// <summary>Something with these words in it must have been logged.</summary>
    /// <exception cref="FilterAssertionException">It was not.</exception>
    public void RequireLogged(string text)
    {
        if (!Logs.Any(log => log.Text.Contains(text, StringComparison.Ordinal)))
        {
            throw new FilterAssertionException($"Nothing was logged with \"{text}\" in it. What was logged:{Lines(Logs.Select(log => $"{log.Level}: {log.Text}"))}");
        }
    }

    /// <summary>A metric must have this value; of a histogram, that is how often it was recorded.</summary>
    /// <exception cref="FilterAssertionException">It has not, or is not there.</exception>
    public void RequireMetric(string name, long value)
    {
        if (Metrics.Find(name) is var actual && actual != value) throw new FilterAssertionException($"The metric \"{name}\" is {actual?.ToString() ?? "not defined"}, and not {value}.");
    }

    /// <summary>So many calls of an upstream by HTTP must have been made.</summary>
    /// <returns>The calls.</returns>
    /// <exception cref="FilterAssertionException">There are more or fewer.</exception>
    public IReadOnlyList<FakeCall> RequireCalls(string upstream, int times = 1)
    {
        var found = Upstreams.Calls.Where(call => call.Request.Upstream == upstream).ToList();
        return found.Count == times
            ? found
            : throw new FilterAssertionException($"\"{upstream}\" was called {found.Count} times, and not {times}. All calls:{Lines(Upstreams.Calls.Select(call => call.ToString()))}");
    }

    /// <summary>No filter may have failed.</summary>
    /// <exception cref="FilterAssertionException">One has; the message has the reason with its backtrace.</exception>
    public void RequireNoFailure()
    {
        if (failures.TryPeek(out var failure)) throw new FilterAssertionException($"A filter failed: {failure}");
    }

    /// <summary>Ends what counts metrics.</summary>
    public void Dispose() => Metrics.Dispose();

    internal void NoteFailure(Exception failure) => failures.Enqueue(failure);

    // What filters say has their name before it.
    private static string Message(RecordedLog log)
    {
        const int FilterSaid = 1100;
        return log.Event == FilterSaid ? log.Text[(log.Text.IndexOf(": ", StringComparison.Ordinal) + 2)..] : log.Text;
    }

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.DefaultIfEmpty("(nothing)").Select(line => $"{Environment.NewLine}  {line}"));
}
