using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>What has neither a position nor a size: a stream or a socket.</summary>
internal abstract class PositionlessHandle() : FileHandle(FileGrant.AllAccess)
{
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

    public override Errno Sync(bool dataOnly) => Errno.Invalid;

    public override Errno SetAppend(bool append) => Errno.Success;

    protected override Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        return Errno.IllegalSeek;
    }

    protected override Errno SetLengthCore(long length) => Errno.Invalid;

    protected override Errno AllocateCore(long offset, long length) => Errno.Invalid;

    protected override Errno SetTimesCore(in FileTimes times) => Errno.Invalid;
}
