namespace Coffer.Capabilities.Files;

/// <summary>
/// Reads one block of a stream that cannot say whether it has bytes, when a guest asks for some. The wait can be given up
/// while the read goes on: what it brings is kept for whoever reads next.
/// </summary>
internal sealed class ReadAhead(Stream stream, SideThread thread)
{
    private const int BlockBytes = 64 * 1024;
    private byte[]? block;
    private int start, end;
    private Task<int>? pending;

    /// <summary>Completes when there are bytes, the end, or an error.</summary>
    public Task WhenReady()
    {
        if (start < end) return Task.CompletedTask;
        return pending ??= thread.Run(() => stream.Read(block ??= new byte[BlockBytes]));
    }

    /// <summary>The bytes that have been read already, and whether the end was reached.</summary>
    public (ulong Bytes, bool HasHungUp) Available
    {
        get
        {
            if (start < end) return ((ulong)(end - start), false);
            if (pending is not { IsCompletedSuccessfully: true }) return (0, pending is { IsFaulted: true });
            return ((ulong)pending.Result, pending.Result == 0);
        }
    }

    /// <summary>Takes what there is, at most what fits; 0 at the end.</summary>
    /// <exception cref="IOException">The stream failed.</exception>
    public Errno Take(Span<byte> destination, out int read)
    {
        read = 0;
        if (destination.IsEmpty) return Errno.Success;
        if (start == end)
        {
            if (!WhenReady().IsCompleted) return Errno.Again;
            var finished = pending!;
            pending = null;
            (start, end) = (0, finished.GetAwaiter().GetResult());
        }

        read = Math.Min(destination.Length, end - start);
        block.AsSpan(start, read).CopyTo(destination);
        start += read;
        return Errno.Success;
    }
}
