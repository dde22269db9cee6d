using System.Text;
using Coffer.Capabilities.Files;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests;

/// <summary>
/// What a guest logs for one request, line by line: what it writes to its standard error. As a guest may write what it likes,
/// nothing of it that would steer a terminal, or look like another line, gets through.
/// </summary>
internal sealed partial class AppLog(GuestCall call) : ReadyStream
{
    private const int LongestLine = 8 << 10;
    private byte[]? line;
    private int length, lines;
    private bool isCut;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override Errno TryWrite(ReadOnlySpan<byte> source, out int written)
    {
        written = source.Length;
        Write(source);
        return Errno.Success;
    }

    public override void Write(ReadOnlySpan<byte> source)
    {
        while (source.IndexOf((byte)'\n') is >= 0 and var end)
        {
            Append(source[..end]);
            End();
            source = source[(end + 1)..];
        }

        Append(source);
    }

    /// <summary>Logs a line that a host function was given.</summary>
    public void WriteLine(LogLevel level, string text)
    {
        if (!Count()) return;
        Log(level, text);
    }

    /// <summary>Logs what the last line has, when the guest has ended.</summary>
    public void Complete()
    {
        if (length > 0) End();
        if (lines > call.Limits.LogLines) LogDropped(call.App.Logger, call.RequestId, lines - call.Limits.LogLines, call.Limits.LogLines);
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    private void Append(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || lines >= call.Limits.LogLines) return;
        var room = LongestLine - length;
        isCut |= text.Length > room;
        text = text[..Math.Min(text.Length, room)];
        if (line is null || line.Length < length + text.Length) Array.Resize(ref line, Math.Max(256, (length + text.Length) * 2));
        text.CopyTo(line.AsSpan(length));
        length += text.Length;
    }

    private void End()
    {
        var text = length == 0 ? "" : Encoding.UTF8.GetString(line!, 0, length);
        if (isCut) text += "…";
        (length, isCut) = (0, false);
        if (Count()) Log(LogLevel.Information, text);
    }

    private void Log(LogLevel level, string text)
    {
        if (!call.App.Logger.IsEnabled(level)) return;
        text = Clean(text);
        LogLine(call.App.Logger, level, call.RequestId, text);
    }

    private bool Count() => lines++ < call.Limits.LogLines;

    private static string Clean(string text)
    {
        text = text.TrimEnd('\r');
        return text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')
            ? string.Create(text.Length, text, static (target, source) =>
            {
                for (var i = 0; i < target.Length; i++) target[i] = char.IsControl(source[i]) && source[i] != '\t' ? '\uFFFD' : source[i];
            })
            : text;
    }

    [LoggerMessage(EventId = 1310, Message = "request {RequestId}: {Text}")]
    private static partial void LogLine(ILogger logger, LogLevel level, string requestId, string text);

    [LoggerMessage(1311, LogLevel.Warning, "request {RequestId}: {Dropped} further lines were dropped: a request may log {Limit} (limits.logLines)")]
    private static partial void LogDropped(ILogger logger, string requestId, int dropped, int limit);
}
