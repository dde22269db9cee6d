using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Messages;

/// <summary>
/// Bytes of a body that come from elsewhere: the client, a backend, the other end of a body that is being written. At most
/// one buffer is read ahead.
/// </summary>
/// <param name="stream">Where they come from; disposed with this.</param>
/// <param name="length">How many there are, where that is known.</param>
internal sealed class BodySource(Stream stream, long? length) : IDisposable
{
    private const int BufferSize = 16 << 10;
    private readonly CancellationTokenSource closing = new();
    private byte[]? buffer;
    private int start, end;
    private Task? filling;
    private bool hasEnded;

    /// <summary>What has to be freed with it.</summary>
    public IDisposable? Owner { get; init; }

    /// <summary>The trailers, asked when all bytes have been read.</summary>
    public Func<IEnumerable<KeyValuePair<string, byte[]>>>? Trailers { get; init; }

    /// <summary>The longest time between two reads.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How many bytes may come in all.</summary>
    public long MaximumBytes { get; init; } = long.MaxValue;

    /// <summary>How many bytes are left; null when nobody knows.</summary>
    public long? Remaining => length is { } all ? all - taken : hasEnded && start == end ? 0 : null;

    private long taken, received;

    public bool HasEnded => hasEnded && start == end;

    /// <summary>What can be read at once.</summary>
    public ReadOnlyMemory<byte> Buffered => buffer.AsMemory(start, end - start);

    public void Advance(int count)
    {
        start += count;
        taken += count;
    }

    /// <summary>Ends when there are bytes, or none will come; fails when they cannot be read.</summary>
    public Task FillAsync()
    {
        if (start < end || hasEnded) return Task.CompletedTask;
        // Several may wait for the same bytes: one fills, and what it came to is what all see.
        if (filling is null || filling.IsCompletedSuccessfully) filling = ReadAsync();
        return filling;
    }

    private async Task ReadAsync()
    {
        buffer ??= new byte[BufferSize];
        int count;
        if (IdleTimeout is { } timeout)
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
            late.CancelAfter(timeout);
            try
            {
                count = await stream.ReadAsync(buffer, late.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!closing.IsCancellationRequested)
            {
                throw new TimeoutException($"No byte of the body came for {timeout.TotalMilliseconds} ms (between_bytes_timeout).");
            }
        }
        else
        {
            count = await stream.ReadAsync(buffer, closing.Token).ConfigureAwait(false);
        }

        received += count;
        if (received > MaximumBytes) throw new BodyLimitException(MaximumBytes);
        (start, end) = (0, count);
        hasEnded = count == 0;
    }

    public void Dispose()
    {
        closing.Cancel();
        stream.Dispose();
        Owner?.Dispose();
    }
}

/// <summary>A body is longer than the host allows.</summary>
internal sealed class BodyLimitException(long maximum) : IOException($"The body is longer than the {maximum} bytes that are allowed.")
{
    public static StatusException AsStatus => new(FastlyStatus.LimitExceeded);
}
