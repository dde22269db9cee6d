using Coffer.Capabilities.Ambient;

namespace Coffer.Capabilities.Files;

/// <summary>A stream of the host as one of the guest's standard files.</summary>
/// <remarks>
/// A stream that may keep the caller waiting is read ahead by a block and written to by another thread, so that the guest can be
/// ended meanwhile. One that never does (a <see cref="MemoryStream"/>, <see cref="Stream.Null"/>, a file that is no pipe and no
/// device) is used directly, and so is a <see cref="ReadyStream"/>, which can say whether it would.
/// </remarks>
internal sealed class StreamHandle : PositionlessHandle
{
    private readonly Stream stream;
    private readonly ReadyStream? ready;
    private readonly bool isTerminal, flushEveryWrite, neverWaits;
    private readonly StreamHandle? flushBeforeRead;
    // Of streams that may keep the caller waiting alone.
    private readonly SideThread? side;
    private readonly ReadAhead? ahead;
    private Task pendingWrite = Task.CompletedTask;
    private bool isUnflushed, isFlushing;

    public StreamHandle(Stream stream, bool isTerminal, bool flushEveryWrite, StreamHandle? flushBeforeRead = null)
    {
        this.stream = stream;
        this.isTerminal = isTerminal;
        this.flushEveryWrite = flushEveryWrite;
        this.flushBeforeRead = flushBeforeRead;
        ready = stream as ReadyStream;
        if (ready is not null) return;
        neverWaits = stream is MemoryStream || stream == Stream.Null || HostStreams.IsFile(stream);
        if (neverWaits) return;
        side = new SideThread();
        ahead = new ReadAhead(stream, side);
    }

    public override FileType Type => isTerminal ? FileType.CharacterDevice : FileType.Unknown;

    public override (ulong Bytes, bool HasHungUp) Available =>
        neverWaits || ready is not null || !stream.CanRead ? (1, false) : ahead!.Available;

    public override Task WhenReadable()
    {
        if (neverWaits || !stream.CanRead) return Task.CompletedTask;
        // A prompt must be seen before its answer is waited for.
        flushBeforeRead?.Flush();
        return ready?.WhenReadable() ?? ahead!.WhenReady();
    }

    public override Task WhenWritable() => ready?.WhenWritable() ?? pendingWrite;

    protected override Errno ReadCore(Span<byte> destination, out int read)
    {
        read = 0;
        if (!stream.CanRead) return Errno.BadDescriptor;
        flushBeforeRead?.Flush();
        try
        {
            if (ready is not null) return ready.TryRead(destination, out read);
            if (!neverWaits) return ahead!.Take(destination, out read);
            read = stream.Read(destination);
            return Errno.Success;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            return Errno.Io;
        }
    }

    /// <summary>
    /// How the last write ended, once <see cref="WhenWritable"/> has completed: it may have been handed to another thread.
    /// </summary>
    public Errno EndWrite()
    {
        if (!pendingWrite.IsCompleted) return Errno.Again;
        var failed = pendingWrite.IsFaulted;
        pendingWrite = Task.CompletedTask;
        return failed ? Errno.BrokenPipe : Errno.Success;
    }

    /// <summary>
    /// Has what was written passed on, without waiting: <see cref="Errno.Again"/> while that is under way, which
    /// <see cref="EndWrite"/> tells the end of.
    /// </summary>
    public Errno Flush()
    {
        if (!pendingWrite.IsCompleted) return Errno.Again;
        if (!isUnflushed) return Errno.Success;
        isUnflushed = false;
        // These do not wait; of others nobody knows.
        if (neverWaits || ready is not null) return FlushNow();
        isFlushing = true;
        pendingWrite = side!.Run(() =>
        {
            stream.Flush();
            return 0;
        });
        return Errno.Again;
    }

    /// <summary>Waits until what was written is passed on, but not for ever, and not for a write that was given up.</summary>
    public void Finish(TimeSpan patience)
    {
        if (Flush() != Errno.Again || !isFlushing) return;
        try
        {
            _ = pendingWrite.Wait(patience);
        }
        catch (AggregateException)
        {
            // The stream has failed; there is nobody left to tell.
        }
    }

    public override Errno Sync(bool dataOnly) => stream.CanWrite ? Flush() : Errno.Success;

    /// <summary>The stream is the host's: it is flushed and stays open.</summary>
    public override void Dispose()
    {
        if (stream.CanWrite) _ = Flush();
        side?.Dispose();
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        if (!stream.CanWrite) return Errno.BadDescriptor;
        var error = EndWrite();
        if (error != Errno.Success) return error;
        try
        {
            (isUnflushed, isFlushing) = (!flushEveryWrite, false);
            if (ready is not null) return ready.TryWrite(source, out written);
            if (neverWaits) stream.Write(source);
            else pendingWrite = WriteLater(source);
            if (neverWaits && flushEveryWrite) stream.Flush();
            written = source.Length;
            return Errno.Success;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            return Errno.BrokenPipe;
        }
    }

    // The copy is what is written: the guest may change its memory as soon as it runs again.
    private Task<int> WriteLater(ReadOnlySpan<byte> source)
    {
        var copy = source.ToArray();
        return side!.Run(() =>
        {
            stream.Write(copy);
            if (flushEveryWrite) stream.Flush();
            return copy.Length;
        });
    }

    private Errno FlushNow()
    {
        try
        {
            stream.Flush();
            return Errno.Success;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            return Errno.Io;
        }
    }

    private static bool IsFailure(Exception exception) => exception is IOException or InvalidOperationException
        or NotSupportedException or OperationCanceledException or UnauthorizedAccessException;
}
