using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Messages;

/// <summary>
/// A body that is read: bytes of the guest and sources, one behind the other. Used by one thread at a time: the guest's,
/// and after it was handed over that of whoever sends it.
/// </summary>
internal sealed class Body(BufferedBytes budget) : IAsyncItem, IDisposable
{
    private const int NodeOverhead = 64, LargestGrown = 64 << 10;
    private Node? first, last;
    private HeaderList? trailers;
    private bool hasFailed;

    /// <summary>One piece: bytes of the guest, or a source.</summary>
    private sealed class Node
    {
        public byte[] Bytes = [];
        public int Start, End;
        public BodySource? Source;
        public Node? Next;
    }

    public static Body Of(BufferedBytes budget, BodySource source)
    {
        var body = new Body(budget);
        body.Add(new Node { Source = source });
        return body;
    }

    public static Body Of(BufferedBytes budget, ReadOnlySpan<byte> bytes)
    {
        var body = new Body(budget);
        body.PushBack(bytes);
        return body;
    }

    public HeaderList Trailers => trailers ??= new HeaderList(budget.MaximumTrailerBytes);

    public bool HasTrailers => trailers is { Count: > 0 };

    /// <summary>Whether all has been read, so that the trailers are known.</summary>
    public bool HasEnded
    {
        get
        {
            DropEmpty();
            return first is null;
        }
    }

    /// <summary>The bytes that are left; null when nobody knows.</summary>
    public long? KnownLength
    {
        get
        {
            var length = 0L;
            for (var node = first; node is not null; node = node.Next)
            {
                if (node.Source is null) length += node.End - node.Start;
                else if (node.Source.Remaining is { } remaining) length += remaining;
                else return null;
            }

            return length;
        }
    }

    public void PushBack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        if (last is { Source: null } && last.End + bytes.Length <= Math.Max(last.Bytes.Length, LargestGrown))
        {
            budget.Take(bytes.Length);
            if (last.End + bytes.Length > last.Bytes.Length) Array.Resize(ref last.Bytes, Math.Min(LargestGrown, Math.Max(last.Bytes.Length * 2, last.End + bytes.Length)));
            bytes.CopyTo(last.Bytes.AsSpan(last.End));
            last.End += bytes.Length;
            return;
        }

        budget.Take(bytes.Length + NodeOverhead);
        Add(new Node { Bytes = bytes.ToArray(), End = bytes.Length });
    }

    public void PushFront(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        budget.Take(bytes.Length + NodeOverhead);
        first = new Node { Bytes = bytes.ToArray(), End = bytes.Length, Next = first };
        last ??= first;
    }

    public void PushBack(BodySource source) => Add(new Node { Source = source });

    /// <summary>Takes all of another body, which has nothing afterwards.</summary>
    public void Append(Body other)
    {
        if (other.first is not null)
        {
            if (last is null) first = other.first;
            else last.Next = other.first;
            last = other.last;
        }

        foreach (var (name, value) in other.trailers?.Fields ?? []) Trailers.Append(name, value);
        (other.first, other.last, other.trailers) = (null, null, null);
    }

    private void Add(Node node)
    {
        if (last is null) first = node;
        else last.Next = node;
        last = node;
    }

    /// <inheritdoc/>
    public async Task WhenReadable()
    {
        while (true)
        {
            DropEmpty();
            if (first?.Source is not { } source) return;
            try
            {
                await source.FillAsync().ConfigureAwait(false);
            }
            catch
            {
                hasFailed = true;
                throw;
            }

            if (!source.Buffered.IsEmpty) return;
        }
    }

    Task IAsyncItem.WhenReady()
    {
        DropEmpty();
        if (first?.Source is not { } source || !source.Buffered.IsEmpty) return Task.CompletedTask;
        return WhenReadable();
    }

    /// <summary>What can be read at once; empty at the end, once <see cref="WhenReadable"/> has ended.</summary>
    public ReadOnlyMemory<byte> Peek()
    {
        DropEmpty();
        if (first is null || hasFailed) return default;
        return first.Source is { } source ? source.Buffered : first.Bytes.AsMemory(first.Start, first.End - first.Start);
    }

    public void Advance(int count)
    {
        if (first!.Source is { } source)
        {
            source.Advance(count);
            return;
        }

        first.Start += count;
        budget.Return(count);
    }

    private void DropEmpty()
    {
        while (first is not null)
        {
            if (first.Source is { } source)
            {
                if (!source.HasEnded) return;
                foreach (var (name, value) in source.Trailers?.Invoke() ?? []) Trailers.Append(name, value);
                source.Dispose();
            }
            else if (first.Start < first.End)
            {
                return;
            }

            first = first.Next;
            if (first is null) last = null;
        }
    }

    public void Dispose()
    {
        for (var node = first; node is not null; node = node.Next)
        {
            node.Source?.Dispose();
            budget.Return(node.End - node.Start);
        }

        (first, last) = (null, null);
    }
}
