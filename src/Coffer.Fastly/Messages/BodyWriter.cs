using System.IO.Pipelines;

namespace Coffer.Fastly.Messages;

/// <summary>The end of a body that the guest goes on writing while it is being read elsewhere.</summary>
internal abstract class BodyWriter(int maximumTrailerBytes) : IAsyncItem, IDisposable
{
    /// <summary>How much is handed over at a time at most.</summary>
    public const int LargestWrite = 64 << 10;

    private bool isDone;

    public HeaderList Trailers { get; } = new(maximumTrailerBytes);

    /// <summary>Whether the reader has gone, so that writing is of no use.</summary>
    public abstract bool IsUnread { get; }

    /// <summary>Ends when more can be written.</summary>
    public abstract Task WhenReady();

    /// <summary>Hands at most <see cref="LargestWrite"/> bytes over, once it is ready.</summary>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>The body is whole.</summary>
    public void Close()
    {
        isDone = true;
        Complete();
    }

    /// <summary>The body will never be whole, unless it was closed: who reads it learns of that.</summary>
    public void Dispose()
    {
        if (isDone) return;
        isDone = true;
        Abandon();
    }

    protected abstract void Complete();

    protected abstract void Abandon();
}

/// <summary>
/// A body that is sent while it is written. Writing waits while as much as the pipe holds has not been read, so that a slow
/// reader slows the guest down instead of filling the host.
/// </summary>
internal sealed class PipeBodyWriter : BodyWriter
{
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: LargestWrite, resumeWriterThreshold: LargestWrite / 2, useSynchronizationContext: false));
    private Task<FlushResult>? flushing;

    public PipeBodyWriter(int maximumTrailerBytes) : base(maximumTrailerBytes) =>
        Source = new BodySource(pipe.Reader.AsStream(), null) { Trailers = () => Trailers.Fields };

    /// <summary>What is written, for who reads it.</summary>
    public BodySource Source { get; }

    /// <inheritdoc/>
    public override bool IsUnread => flushing is { IsCompletedSuccessfully: true } done && done.Result.IsCompleted;

    /// <inheritdoc/>
    public override Task WhenReady() => flushing is { IsCompleted: false } ? flushing : Task.CompletedTask;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(pipe.Writer.GetSpan(bytes.Length));
        pipe.Writer.Advance(bytes.Length);
        flushing = pipe.Writer.FlushAsync().AsTask();
    }

    /// <inheritdoc/>
    protected override void Complete() => pipe.Writer.Complete();

    /// <inheritdoc/>
    protected override void Abandon() => pipe.Writer.Complete(new AbandonedBodyException());
}

/// <summary>The guest left a body unfinished.</summary>
internal sealed class AbandonedBodyException() : IOException("The guest ended without closing the body that it was writing.");
