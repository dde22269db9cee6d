using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>
/// Where what a plugin logs and prints goes: to a logger, no more of it in a call than the plugin may. Belongs to one
/// sandbox.
/// </summary>
internal sealed partial class PluginLog(ILogger logger, string plugin, int bytesPerCall)
{
    private static readonly LogLevel[] Levels = [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error];
    private int left;

    /// <summary>Messages that were dropped since they were too many or too long.</summary>
    public long Dropped { get; private set; }

    /// <summary>The lowest level that is wanted.</summary>
    public LogLevel Level => Array.Find(Levels, logger.IsEnabled) is var level && logger.IsEnabled(level) ? level : LogLevel.None;

    public bool IsEnabled(LogLevel level) => logger.IsEnabled(level);

    /// <summary>Begins a call, which may log as much as any other.</summary>
    public void Begin() => left = bytesPerCall;

    /// <summary>Whether a message of so many bytes may still be logged; one that may not is counted.</summary>
    public bool HasRoomFor(long bytes)
    {
        if (bytes <= left) return true;
        Dropped++;
        return false;
    }

    public void Write(LogLevel level, string message)
    {
        if (message.Length > left)
        {
            Dropped++;
            return;
        }

        left -= message.Length;
        var printable = Printable(message);
        Said(logger, level, plugin, printable);
    }

    // A plugin must neither end a line of a log nor control a terminal.
    private static string Printable(string message) => !message.AsSpan().ContainsAnyInRange('\0', '\u001f') && !message.Contains('\u007f', StringComparison.Ordinal)
        ? message
        : string.Concat(message.Select(character => char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString()));

    [LoggerMessage(EventId = 2001, Message = "plugin {Plugin} says: {Message}")]
    private static partial void Said(ILogger logger, LogLevel level, string plugin, string message);
}
