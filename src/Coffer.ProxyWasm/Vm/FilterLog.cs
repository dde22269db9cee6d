using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Vm;

/// <summary>What one VM logs: bounded in length and in number, and with no character that controls a terminal.</summary>
internal sealed partial class FilterLog(FilterOptions options, FilterHost host)
{
    private const int MaximumLength = 16 << 10;
    private long second;
    private int count, dropped;

    public LogLevel Level => options.LogLevel;

    public void Write(LogLevel level, ReadOnlySpan<byte> utf8)
    {
        if (!Admits(level)) return;
        var isLong = utf8.Length > MaximumLength;
        var message = Plain(Encoding.UTF8.GetString(isLong ? utf8[..MaximumLength] : utf8)) + (isLong ? "…" : "");
        LogMessage(host.Logger, level, options.Name, message);
    }

    // Before the text is made: a flood that is dropped must cost little.
    private bool Admits(LogLevel level)
    {
        if (level < options.LogLevel || !host.Logger.IsEnabled(level)) return false;
        var now = Stopwatch.GetTimestamp() / Stopwatch.Frequency;
        if (now != second)
        {
            if (dropped > 0) LogDropped(host.Logger, options.Name, dropped);
            (second, count, dropped) = (now, 0, 0);
        }

        if (++count <= options.LogsPerSecond) return true;
        dropped++;
        return false;
    }

    private static string Plain(string text)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character) && character is not ('\n' or '\t'))
            {
                return string.Create(text.Length, text, static (span, text) =>
                {
                    for (var i = 0; i < span.Length; i++)
                    {
                        span[i] = char.IsControl(text[i]) && text[i] is not ('\n' or '\t') ? '\uFFFD' : text[i];
                    }
                });
            }
        }

        return text;
    }

    [LoggerMessage(EventId = 1100, Message = "{Filter}: {Message}")]
    private static partial void LogMessage(ILogger logger, LogLevel level, string filter, string message);

    [LoggerMessage(1102, LogLevel.Warning, "filter {Filter} logged too much: {Count} messages were dropped")]
    private static partial void LogDropped(ILogger logger, string filter, int count);
}
