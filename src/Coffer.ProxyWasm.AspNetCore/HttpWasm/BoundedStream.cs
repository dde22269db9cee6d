namespace Coffer.ProxyWasm.AspNetCore.HttpWasm;

/// <summary>Keeps what is written, and no more than may be kept.</summary>
internal sealed class BoundedStream : MemoryStream
{
    private readonly int limit;

    public BoundedStream(int limit, ReadOnlySpan<byte> begin)
    {
        this.limit = Math.Max(limit, begin.Length);
        Write(begin);
    }

    public ReadOnlySpan<byte> Content => GetBuffer().AsSpan(0, (int)Length);

    public override void Write(byte[] buffer, int offset, int count)
    {
        Admit(count);
        base.Write(buffer, offset, count);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Admit(buffer.Length);
        base.Write(buffer);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Admit(count);
        return base.WriteAsync(buffer, offset, count, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    private void Admit(int count)
    {
        if (Length + count > limit) throw new IOException($"A filter wants to see the whole response, which is more than the {limit} bytes that may be kept.");
    }
}
