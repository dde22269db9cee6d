namespace Coffer.Fastly.Running;

/// <summary>The log of one run, bounded in bytes: what is more is dropped, and the log says so once.</summary>
internal sealed class SessionLog(FastlyLog log, long maximumBytes)
{
    private long written;
    private bool isFull;

    public void Write(string endpoint, ReadOnlySpan<byte> message)
    {
        if (isFull) return;
        if (message.Length > maximumBytes - written)
        {
            isFull = true;
            log.Report($"the guest has logged more than the {maximumBytes} bytes that it may (LogBytes); the rest is dropped");
            return;
        }

        written += message.Length;
        log.Write(endpoint, message);
    }

    public void Report(string message) => log.Report(message);

    /// <summary>A stream whose lines are messages of an endpoint; what is written and does not end a line is one all the same.</summary>
    public Stream ToStream(string endpoint) => new LineStream(this, endpoint);

    private sealed class LineStream(SessionLog log, string endpoint) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var end = buffer.IndexOf((byte)'\n');
                var line = end < 0 ? buffer : buffer[..end];
                if (line.Length > 0) log.Write(endpoint, line);
                buffer = end < 0 ? default : buffer[(end + 1)..];
            }
        }
    }
}
