using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Telemetry;

/// <summary>A line of a log. Immutable.</summary>
/// <param name="Id">Its number, which grows.</param>
/// <param name="Time">When.</param>
/// <param name="App">The app; empty for the server itself.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Text">The line.</param>
internal sealed record LogLine(long Id, DateTimeOffset Time, string App, LogLevel Level, string Text);

/// <summary>
/// Passes what is logged on, and keeps the last lines of each app for who asks; whoever follows gets what comes. A follower that
/// is slow loses lines and learns how many, and keeps nobody waiting. Thread-safe.
/// </summary>
internal sealed class LogHub(ILoggerProvider inner, TimeProvider time) : ILoggerProvider
{
    /// <summary>How many lines of an app are kept.</summary>
    public const int KeptLines = 200;

    /// <summary>The categories of apps begin with this.</summary>
    public const string AppCategory = "coffer.app.";

    private const int Backlog = 1000;

    private readonly ConcurrentDictionary<string, Queue<LogLine>> kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<LogFollower, bool> followers = new();
    private long last;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Tee(
        this, inner.CreateLogger(categoryName), categoryName.StartsWith(AppCategory, StringComparison.Ordinal) ? categoryName[AppCategory.Length..] : "");

    /// <summary>Follows the log.</summary>
    /// <param name="app">The app; null for all, and the server itself.</param>
    /// <param name="tail">How many of the last lines are wanted first.</param>
    public LogFollower Follow(string? app, int tail)
    {
        var follower = new LogFollower(this, app, Channel.CreateBounded<LogLine>(Backlog));
        followers.TryAdd(follower, true);
        // What comes meanwhile is in both, and is sent once.
        follower.Tail = Last(app, tail);
        return follower;
    }

    /// <summary>The last lines.</summary>
    /// <param name="app">The app; null for all, and the server itself.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<LogLine> Last(string? app, int count)
    {
        var lines = new List<LogLine>();
        foreach (var (name, queue) in kept)
        {
            if (app is not null && name != app) continue;
            lock (queue) lines.AddRange(queue);
        }

        return [.. lines.OrderBy(line => line.Id).TakeLast(count)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var follower in followers.Keys) follower.Dispose();
    }

    internal void Leave(LogFollower follower) => followers.TryRemove(follower, out _);

    private void Add(string app, LogLevel level, string text)
    {
        var line = new LogLine(Interlocked.Increment(ref last), time.GetUtcNow(), app, level, text);
        var queue = kept.GetOrAdd(app, static _ => new Queue<LogLine>());
        lock (queue)
        {
            queue.Enqueue(line);
            if (queue.Count > KeptLines) queue.Dequeue();
        }

        foreach (var follower in followers.Keys) follower.Offer(line);
    }

    private sealed class Tee(LogHub hub, ILogger inner, string app) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information || inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(logLevel)) inner.Log(logLevel, eventId, state, exception, formatter);
            if (logLevel >= LogLevel.Information) hub.Add(app, logLevel, formatter(state, exception));
        }
    }
}

/// <summary>Somebody who follows a log. Dispose it to stop.</summary>
internal sealed class LogFollower(LogHub hub, string? app, Channel<LogLine> lines) : IDisposable
{
    private long dropped;

    /// <summary>The last lines when it began.</summary>
    public IReadOnlyList<LogLine> Tail { get; set; } = [];

    /// <summary>The lines that come.</summary>
    public ChannelReader<LogLine> Lines => lines.Reader;

    /// <summary>How many lines were lost since this was last asked.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref dropped, 0);

    /// <summary>Takes a line, if it is one that is followed.</summary>
    public void Offer(LogLine line)
    {
        if (app is not null && line.App != app) return;
        if (!lines.Writer.TryWrite(line)) Interlocked.Increment(ref dropped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hub.Leave(this);
        lines.Writer.TryComplete();
    }
}
