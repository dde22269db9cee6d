using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The body of a request behind the filters.</summary>
internal sealed class FilteredRequestStream(BodySource source, HttpExchange exchange) : Stream
{
    private ReadOnlyMemory<byte> rest;
    private bool isEnd;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken = default)
    {
        while (rest.Length == 0 && !isEnd)
        {
            var piece = await source(cancellationToken).ConfigureAwait(false);
            if (exchange.IsAnswered) throw new IOException("A filter answered the request; nothing more of its body goes on.");
            rest = piece.Data;
            isEnd = piece.IsEnd;
        }

        var count = Math.Min(rest.Length, target.Length);
        rest[..count].CopyTo(target);
        rest = rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new InvalidOperationException("Bodies are read asynchronously: use ReadAsync.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
