namespace Coffer.Capabilities.Files;

/// <summary>
/// A stream of the host that can say whether it would wait, so that a guest which uses it can be ended meanwhile and no
/// other thread is needed for it. One thread is in it at a time.
/// </summary>
internal abstract class ReadyStream : Stream
{
    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads without waiting: <see cref="Errno.Again"/> where it would, 0 bytes at the end.</summary>
    public virtual Errno TryRead(Span<byte> destination, out int read)
    {
        read = 0;
        return Errno.BadDescriptor;
    }

    /// <summary>Completes when a read is worth a try.</summary>
    public virtual Task WhenReadable() => Task.CompletedTask;

    /// <summary>Writes what can be written without waiting: <see cref="Errno.Again"/> where that is nothing.</summary>
    public virtual Errno TryWrite(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        return Errno.BadDescriptor;
    }

    /// <summary>Completes when a write is worth a try.</summary>
    public virtual Task WhenWritable() => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
