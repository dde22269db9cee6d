using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Testing;

/// <summary>A line of a log. Immutable.</summary>
/// <param name="Category">Who logged it.</param>
/// <param name="Level">How important it is.</param>
/// <param name="Event">The number of the event.</param>
/// <param name="Text">The line.</param>
/// <param name="Failure">The exception that was logged with it, or null.</param>
public sealed record RecordedLog(string Category, LogLevel Level, int Event, string Text, Exception? Failure);

/// <summary>Keeps what is logged, for tests. Thread-safe.</summary>
public sealed class RecordedLogs(LogLevel lowest = LogLevel.Trace) : ILoggerFactory
{
    private readonly ConcurrentQueue<RecordedLog> all = new();

    /// <summary>All lines so far, in order.</summary>
    public IReadOnlyList<RecordedLog> All => [.. all];

    /// <summary>What plugins said themselves: level and text, without what the host adds.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> Said =>
        [.. all.Where(line => line.Event == PluginSaid).Select(line => (line.Level, line.Text[(line.Text.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..]))];

    private const int PluginSaid = 2001;
    private const string Marker = " says: ";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("What is recorded goes nowhere else.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Recorder(RecordedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= logs.Lowest;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) logs.all.Enqueue(new RecordedLog(category, logLevel, eventId.Id, formatter(state, exception), exception));
        }
    }

    private LogLevel Lowest => lowest;
}
