namespace Coffer.ProxyWasm.Streams;

/// <summary>
/// The way of one body through one filter, in one direction: takes pieces from the stage before, shows them, keeps them
/// while the filter pauses, and gives them to whoever reads from it.
/// </summary>
/// <param name="source">The stage before.</param>
/// <param name="filter">The filter.</param>
internal sealed class BodyStage(BodySource source, IBodyFilter filter)
{
    private Task<BodyPiece>? reading;
    private BodyPiece? end;

    public async ValueTask<BodyPiece> ReadAsync(CancellationToken cancellation)
    {
        if (end is { } ended) return new BodyPiece(default, ended.IsLast, ended.HasTrailers);
        while (true)
        {
            var pending = reading is null ? source(cancellation) : new ValueTask<BodyPiece>(reading);
            reading = null;
            var piece = await pending.ConfigureAwait(false);
            if (filter.IsAnswered) return new BodyPiece(default, IsLast: true);
            filter.Buffer.Append(piece.Data.Span);
            filter.Pause.Reset();
            var isPaused = piece.Data.Length == 0 && !piece.IsLast && !piece.HasTrailers
                ? filter.Buffer.Length > 0
                : !await filter.ShowAsync(piece).ConfigureAwait(false);
            if (filter.IsAnswered) return new BodyPiece(default, IsLast: true);
            if (isPaused && filter.Buffer.Length > filter.BufferLimit)
            {
                filter.Overflow();
                return new BodyPiece(default, IsLast: true);
            }

            if (isPaused && piece.IsEnd) await filter.WaitAsync(filter.Pause.WhenContinued(), cancellation).ConfigureAwait(false);
            else if (isPaused && !await IsContinuedBeforeMoreAsync(cancellation).ConfigureAwait(false)) continue;
            if (filter.IsAnswered) return new BodyPiece(default, IsLast: true);
            if (piece.IsEnd) end = piece;
            return piece with { Data = filter.Buffer.Take() };
        }
    }

    // A filter that paused is shown more when it comes, and what it kept goes on when it says so: whichever is first.
    private async ValueTask<bool> IsContinuedBeforeMoreAsync(CancellationToken cancellation)
    {
        reading = source(cancellation).AsTask();
        var continued = filter.Pause.WhenContinued();
        await filter.WaitAsync(Task.WhenAny(reading, continued), cancellation).ConfigureAwait(false);
        return continued.IsCompleted;
    }
}
