namespace Coffer.Stores;

/// <summary>The bytes of an object, which can be read while they are written. Thread-safe.</summary>
internal sealed class CacheBody
{
    private readonly Lock gate = new();
    private readonly List<byte[]> segments = [];
    private readonly List<long> ends = [];
    private TaskCompletionSource? grown;
    private string? failure;

    public long Length { get; private set; }

    public bool IsComplete { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        var copy = bytes.ToArray();
        lock (gate)
        {
            segments.Add(copy);
            Length += copy.Length;
            ends.Add(Length);
            Wake();
        }
    }

    public void Complete()
    {
        lock (gate)
        {
            IsComplete = true;
            Wake();
        }
    }

    public void Fail(string reason)
    {
        lock (gate)
        {
            failure ??= reason;
            Wake();
        }
    }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (offset < Length) return Copy(offset, destination.Span);
                if (failure is not null) throw new CacheException(CacheFailure.Abandoned, $"the body of the cached object has no end: {failure}");
                if (IsComplete || destination.IsEmpty) return 0;
                wait = (grown ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await wait.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private int Copy(long offset, Span<byte> destination)
    {
        var index = ends.BinarySearch(offset);
        // The segment that ends at the offset lies before it.
        index = index >= 0 ? index + 1 : ~index;
        var done = 0;
        for (; index < segments.Count && done < destination.Length; index++)
        {
            var start = ends[index] - segments[index].Length;
            var part = segments[index].AsSpan((int)(offset + done - start));
            part = part[..Math.Min(part.Length, destination.Length - done)];
            part.CopyTo(destination[done..]);
            done += part.Length;
        }

        return done;
    }

    private void Wake()
    {
        grown?.TrySetResult();
        grown = null;
    }
}
