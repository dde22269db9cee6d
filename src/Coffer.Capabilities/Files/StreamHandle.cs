using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>A stream of the host as one of the guest's standard files: it has no position and no size.</summary>
internal sealed class StreamHandle(
    Stream stream, bool isTerminal, bool flushEveryWrite, StreamHandle? flushBeforeRead = null)
    : FileHandle(FileGrant.AllAccess)
{
    public override FileType Type => isTerminal ? FileType.CharacterDevice : FileType.Unknown;

    protected override Errno ReadCore(Span<byte> destination, out int read)
    {
        read = 0;
        if (!stream.CanRead) return Errno.BadDescriptor;
        // A prompt must be seen before its answer is waited for.
        flushBeforeRead?.Flush();
        try
        {
            read = stream.Read(destination);
            return Errno.Success;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or NotSupportedException)
        {
            return Errno.Io;
        }
    }

    public Errno Flush()
    {
        try
        {
            stream.Flush();
            return Errno.Success;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or NotSupportedException)
        {
            return Errno.Io;
        }
    }

    protected override Errno ReadAtCore(Span<byte> destination, long offset, out int read)
    {
        read = 0;
        return Errno.IllegalSeek;
    }

    public override Errno Seek(long offset, SeekOrigin origin, out long position)
    {
        position = 0;
        return Errno.IllegalSeek;
    }

    public override Errno GetStatus(out FileStatus status)
    {
        status = new FileStatus(0, 0, Type, 1, 0, 0, 0, 0);
        return Errno.Success;
    }

    public override Errno Sync(bool dataOnly) => stream.CanWrite ? Flush() : Errno.Success;

    public override Errno SetAppend(bool append) => Errno.Success;

    /// <summary>The stream is the host's: it is flushed and stays open.</summary>
    public override void Dispose()
    {
        if (stream.CanWrite) _ = Flush();
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        if (!stream.CanWrite) return Errno.BadDescriptor;
        try
        {
            stream.Write(source);
            if (flushEveryWrite) stream.Flush();
            written = source.Length;
            return Errno.Success;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or NotSupportedException)
        {
            return Errno.BrokenPipe;
        }
    }

    protected override Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        return Errno.IllegalSeek;
    }

    protected override Errno SetLengthCore(long length) => Errno.Invalid;

    protected override Errno AllocateCore(long offset, long length) => Errno.Invalid;

    protected override Errno SetTimesCore(in FileTimes times) => Errno.Invalid;
}
