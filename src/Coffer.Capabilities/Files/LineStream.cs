namespace Coffer.Capabilities.Files;

/// <summary>
/// What a guest prints, line by line without the ends of lines, to a log of the host. A write that ends in the middle of a line ends
/// it; empty lines are left out.
/// </summary>
internal sealed class LineStream(LineStream.Sink sink) : Stream
{
    /// <summary>Takes a line.</summary>
    public delegate void Sink(ReadOnlySpan<byte> line);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var end = buffer.IndexOf((byte)'\n');
            var line = end < 0 ? buffer : buffer[..end];
            if (line.Length > 0) sink(line);
            buffer = end < 0 ? default : buffer[(end + 1)..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
