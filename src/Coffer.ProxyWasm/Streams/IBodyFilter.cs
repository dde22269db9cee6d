namespace Coffer.ProxyWasm.Streams;

/// <summary>One direction of a stream at one filter, of HTTP or of TCP.</summary>
internal interface IBodyFilter
{
    /// <summary>What the filter was shown and what has not gone on.</summary>
    BodyBuffer Buffer { get; }

    /// <summary>Whether it is paused.</summary>
    PauseGate Pause { get; }

    /// <summary>How much may be kept.</summary>
    int BufferLimit { get; }

    /// <summary>Whether the stream has been answered or closed, so that nothing of it goes on.</summary>
    bool IsAnswered { get; }

    /// <summary>Shows the filter what there is; whether it goes on.</summary>
    ValueTask<bool> ShowAsync(BodyPiece piece);

    /// <summary>More was paused than may be kept.</summary>
    void Overflow();

    /// <summary>Waits, no longer than a filter may pause.</summary>
    Task WaitAsync(Task task, CancellationToken cancellation);
}
