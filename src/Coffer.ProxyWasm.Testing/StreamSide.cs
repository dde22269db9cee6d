using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>One direction of a stream that is shown step by step: what is paused, and what has gone on.</summary>
internal sealed class StreamSide(string name, IBodyFilter direction, TestHost host)
{
    private readonly List<byte> passed = [];
    private bool isPaused, arePausedHeaders, hasEnded;

    /// <summary>Whether it waits for the filter. What the filter has continued goes on when this is asked.</summary>
    public bool IsPaused
    {
        get
        {
            if (isPaused && direction.Pause.WhenContinued().IsCompleted && !direction.IsAnswered) Pass();
            return isPaused;
        }
    }

    public bool IsAnswered => direction.IsAnswered;

    /// <summary>The bytes that have gone on.</summary>
    public byte[] Passed
    {
        get
        {
            _ = IsPaused;
            return [.. passed];
        }
    }

    public async Task<bool> ShowHeadersAsync(Func<ValueTask<bool>> show, bool endOfStream)
    {
        hasEnded = endOfStream;
        isPaused = arePausedHeaders = !await show().ConfigureAwait(false);
        await host.SettleAsync().ConfigureAwait(false);
        return !IsPaused;
    }

    public Task<bool> ShowBodyAsync(ReadOnlyMemory<byte> piece, bool endOfStream)
    {
        RequireMore("body");
        hasEnded = endOfStream;
        return ShowAsync(new BodyPiece(piece, endOfStream));
    }

    public Task<bool> ShowTrailersAsync()
    {
        RequireMore("trailers");
        hasEnded = true;
        return ShowAsync(new BodyPiece(default, IsLast: false, HasTrailers: true));
    }

    private async Task<bool> ShowAsync(BodyPiece piece)
    {
        direction.Buffer.Append(piece.Data.Span);
        direction.Pause.Reset();
        isPaused = !await direction.ShowAsync(piece).ConfigureAwait(false);
        if (isPaused && direction.Buffer.Length > direction.BufferLimit) direction.Overflow();
        await host.SettleAsync().ConfigureAwait(false);
        if (!isPaused && !direction.IsAnswered) Pass();
        return !IsPaused;
    }

    private void Pass()
    {
        isPaused = arePausedHeaders = false;
        passed.AddRange(direction.Buffer.Take().Span);
    }

    private void RequireMore(string what)
    {
        if (hasEnded) throw new FilterAssertionException($"The {name} has ended: nothing follows.");
        if (IsPaused && arePausedHeaders && direction is HttpDirection { ContinuesBody: false })
        {
            throw new FilterAssertionException(
                $"The filter has paused the headers of the {name}, and no host shows it the {what} before it continues them (FilterOptions.ContinuesBodyWhenHeadersPause).");
        }
    }
}
