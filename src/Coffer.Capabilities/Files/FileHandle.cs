using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>
/// An open file. Knows nothing of WebAssembly; failures are error numbers, never exceptions. Whatever changes the file
/// is refused here when the grant of the directory it was opened from does not allow it.
/// </summary>
internal abstract class FileHandle(DirectoryAccess access) : IDisposable
{
    /// <summary>What the grant allows.</summary>
    public DirectoryAccess Access { get; } = access;

    /// <summary>What the file is.</summary>
    public abstract FileType Type { get; }

    /// <summary>Reads at the position and moves it.</summary>
    public abstract Errno Read(Span<byte> destination, out int read);

    /// <summary>Reads at an offset.</summary>
    public abstract Errno ReadAt(Span<byte> destination, long offset, out int read);

    /// <summary>Moves the position.</summary>
    public abstract Errno Seek(long offset, SeekOrigin origin, out long position);

    /// <summary>Facts about the file.</summary>
    public abstract Errno GetStatus(out FileStatus status);

    /// <summary>Waits until what was written is on the device.</summary>
    public abstract Errno Sync(bool dataOnly);

    /// <summary>Whether writes go to the end.</summary>
    public abstract Errno SetAppend(bool append);

    /// <summary>Writes at the position, or at the end, and moves the position.</summary>
    public Errno Write(ReadOnlySpan<byte> source, out int written)
    {
        written = 0;
        return Lacks(DirectoryAccess.Write) ? DirectoryHandle.Refusal(Access) : WriteCore(source, out written);
    }

    /// <summary>Writes at an offset.</summary>
    public Errno WriteAt(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        return Lacks(DirectoryAccess.Write) ? DirectoryHandle.Refusal(Access) : WriteAtCore(source, offset, out written);
    }

    /// <summary>Cuts the file off or fills it up with zeros.</summary>
    public Errno SetLength(long length) => Lacks(DirectoryAccess.Write) ? DirectoryHandle.Refusal(Access) : SetLengthCore(length);

    /// <summary>Makes sure that the file has at least a length.</summary>
    public Errno Allocate(long offset, long length) => Lacks(DirectoryAccess.Write) ? DirectoryHandle.Refusal(Access) : AllocateCore(offset, length);

    /// <summary>Changes the times.</summary>
    public Errno SetTimes(in FileTimes times) => Lacks(DirectoryAccess.Metadata) ? DirectoryHandle.Refusal(Access) : SetTimesCore(times);

    private bool Lacks(DirectoryAccess needed) => (needed & ~Access) != 0;

    /// <summary>Closes the file.</summary>
    public abstract void Dispose();

    protected abstract Errno WriteCore(ReadOnlySpan<byte> source, out int written);
    protected abstract Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written);
    protected abstract Errno SetLengthCore(long length);
    protected abstract Errno AllocateCore(long offset, long length);
    protected abstract Errno SetTimesCore(in FileTimes times);
}
