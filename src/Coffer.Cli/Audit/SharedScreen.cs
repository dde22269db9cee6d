namespace Coffer.Cli.Audit;

/// <summary>
/// A terminal or stream on which a guest writes and messages about it appear. Knows whether the guest is in the middle
/// of a line, so that a message starts one of its own.
/// </summary>
internal sealed class SharedScreen
{
    // So long a message waits for the guest to end its line; then it breaks it. The guest may wait for an answer.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private readonly object sync = new();
    private bool isWithinLine;

    /// <summary>A stream of the guest that appears here.</summary>
    public Stream Watch(Stream stream) => new WatchedStream(this, stream);

    /// <summary>Writes a message of whole lines, at the start of a line.</summary>
    public void Write(Action<bool> message)
    {
        lock (sync)
        {
            if (isWithinLine) Monitor.Wait(sync, Patience);
            message(isWithinLine);
            isWithinLine = false;
        }
    }

    private sealed class WatchedStream(SharedScreen screen, Stream stream) : Stream
    {
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
            if (buffer.IsEmpty) return;
            lock (screen.sync)
            {
                stream.Write(buffer);
                screen.isWithinLine = buffer[^1] != '\n';
                if (!screen.isWithinLine) Monitor.PulseAll(screen.sync);
            }
        }

        public override void Flush()
        {
            lock (screen.sync) stream.Flush();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
