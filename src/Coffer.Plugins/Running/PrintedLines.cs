using System.Text;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Running;

/// <summary>A standard stream of a plugin: what it prints is logged line by line, no more of it in a call than it may.</summary>
internal sealed class PrintedLines(PluginLog log, LogLevel level, int bytesPerCall) : Stream
{
    private const int LongestLine = 4096;
    private readonly List<byte> line = [];
    private int left;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Begins a call.</summary>
    public void Begin() => left = bytesPerCall;

    /// <summary>Ends a call: what is printed without an end of line is a line.</summary>
    public void End()
    {
        if (line.Count > 0) EndLine();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > left) throw new IOException($"The plugin has printed more than the {bytesPerCall} bytes that a call may (OutputBytes).");
        left -= buffer.Length;
        foreach (var part in buffer)
        {
            if (part == '\n' || line.Count >= LongestLine) EndLine();
            if (part != '\n') line.Add(part);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void EndLine()
    {
        if (log.IsEnabled(level)) log.Write(level, Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line)));
        line.Clear();
    }
}
