using Coffer.Stores;

namespace Coffer.Fastly.Caching;

/// <summary>A range of the body of a cached object, which may still be written.</summary>
/// <param name="cached">The object.</param>
/// <param name="from">The first byte.</param>
/// <param name="end">The byte behind the last; null for the end of the body.</param>
internal sealed class CachedBodyStream(CachedObject cached, long from, long? end) : Stream
{
    private long position = from;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (end is { } last) buffer = buffer[..(int)Math.Min(buffer.Length, Math.Max(0, last - position))];
        if (buffer.IsEmpty) return 0;
        var count = await cached.ReadAsync(position, buffer, cancellationToken).ConfigureAwait(false);
        position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
