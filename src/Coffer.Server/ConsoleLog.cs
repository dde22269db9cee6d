using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Coffer.Server;

/// <summary>Messages as lines: the time, the level, the text.</summary>
internal sealed class ConsoleLog(TextWriter output) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Lines(output);

    public void Dispose()
    {
    }

    /// <summary>The word for a level.</summary>
    internal static string Word(LogLevel level) => level switch
        {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private sealed class Lines(TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception.Message}";
            lock (output) output.WriteLine($"{time} {Word(logLevel)} {text}");
        }
    }
}
