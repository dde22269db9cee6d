using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordedLog : ILogger, ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();

    public IReadOnlyList<string> Lines => [.. lines.Select(line => line.Text)];

    public bool Has(string part) => lines.Any(line => line.Text.Contains(part, StringComparison.Ordinal));

    public async Task WaitForAsync(string part, int times = 1)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (lines.Count(line => line.Text.Contains(part, StringComparison.Ordinal)) < times)
        {
            Assert.True(DateTime.UtcNow < deadline, $"not logged {times} times: {part}\nbut:\n{string.Join('\n', Lines.TakeLast(50))}");
            await Task.Delay(5);
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) lines.Enqueue((logLevel, formatter(state, exception)));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }
}
