using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>
/// An open file. Knows nothing of WebAssembly; failures are error numbers, never exceptions. Whatever changes the file
/// is refused here when the grant of the directory it was opened from does not allow it.
/// </summary>
/// <param name="access">What the grant allows.</param>
/// <param name="quota">What may be written altogether; null for any amount.</param>
internal abstract class FileHandle(DirectoryAccess access, DirectoryQuota? quota = null) : IDisposable
{
    private readonly DirectoryQuota? quota = quota is { LimitsBytes: true } ? quota : null;

    /// <summary>What the grant allows.</summary>
    public DirectoryAccess Access { get; } = access;

    /// <summary>What the file is.</summary>
    public abstract FileType Type { get; }

    /// <summary>
    /// Reads at the position and moves it. Never waits for somebody else to send something: that is
    /// <see cref="Errno.Again"/>, and <see cref="WhenReadable"/> tells when to try again.
    /// </summary>
    public Errno Read(Span<byte> destination, out int read)
    {
        read = 0;
        return Lacks(DirectoryAccess.Read) ? DirectoryHandle.Refusal(Access) : ReadCore(destination, out read);
    }

    /// <summary>Completes when a read, or accepting, is worth a try; files of a disk always are.</summary>
    public virtual Task WhenReadable() => Task.CompletedTask;

    /// <summary>Completes when a write is worth a try.</summary>
    public virtual Task WhenWritable() => Task.CompletedTask;

    /// <summary>
    /// The bytes that can be read without waiting, as far as is known, and whether the other side has closed.
    /// </summary>
    public virtual (ulong Bytes, bool HasHungUp) Available => (1, false);

    /// <summary>Reads at an offset.</summary>
    public Errno ReadAt(Span<byte> destination, long offset, out int read)
    {
        read = 0;
        if (Lacks(DirectoryAccess.Read)) return DirectoryHandle.Refusal(Access);
        // There is nothing to read beyond, which systems take for a mistake.
        var room = (int)Math.Min(destination.Length, long.MaxValue - offset);
        return ReadAtCore(destination[..room], offset, out read);
    }

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
        if (Lacks(DirectoryAccess.Write)) return DirectoryHandle.Refusal(Access);
        if (quota is null) return WriteCore(source, out written);
        var error = Seek(0, SeekOrigin.Current, out var position);
        if (error != Errno.Success) return error;
        error = Charge(source.Length, position, out var charge);
        return error != Errno.Success ? error : Settle(charge, WriteCore(source, out written), written);
    }

    /// <summary>Writes at an offset.</summary>
    public Errno WriteAt(ReadOnlySpan<byte> source, long offset, out int written)
    {
        written = 0;
        if (Lacks(DirectoryAccess.Write)) return DirectoryHandle.Refusal(Access);
        if (quota is null) return WriteAtCore(source, offset, out written);
        var error = Charge(source.Length, offset, out var charge);
        return error != Errno.Success ? error : Settle(charge, WriteAtCore(source, offset, out written), written);
    }

    /// <summary>Cuts the file off or fills it up with zeros.</summary>
    public Errno SetLength(long length)
    {
        if (Lacks(DirectoryAccess.Write)) return DirectoryHandle.Refusal(Access);
        if (quota is null) return SetLengthCore(length);
        var error = Charge(0, length, out var charge);
        return error != Errno.Success ? error : Settle(charge, SetLengthCore(length), 0);
    }

    /// <summary>Makes sure that the file has at least a length.</summary>
    public Errno Allocate(long offset, long length)
    {
        if (Lacks(DirectoryAccess.Write)) return DirectoryHandle.Refusal(Access);
        if (quota is null) return AllocateCore(offset, length);
        var error = Charge(0, offset + length, out var charge);
        return error != Errno.Success ? error : Settle(charge, AllocateCore(offset, length), 0);
    }

    /// <summary>Changes the times.</summary>
    public Errno SetTimes(in FileTimes times) => Lacks(DirectoryAccess.Metadata) ? DirectoryHandle.Refusal(Access) : SetTimesCore(times);

    // What is written counts, and what lies between the end and the place where it is written.
    private Errno Charge(long length, long offset, out (long Size, long Bytes) charge)
    {
        charge = default;
        var error = GetStatus(out var status);
        if (error != Errno.Success) return error;
        if (offset > long.MaxValue - length) return Errno.FileTooBig;
        var size = (long)status.Size;
        charge = (size, Math.Max(length, offset + length - size));
        return quota!.ChargeBytes(charge.Bytes);
    }

    private Errno Settle((long Size, long Bytes) charge, Errno outcome, long written)
    {
        var grown = GetStatus(out var status) == Errno.Success ? (long)status.Size - charge.Size : charge.Bytes;
        quota!.RefundBytes(Math.Max(0, charge.Bytes - Math.Max(written, grown)));
        return outcome;
    }

    private bool Lacks(DirectoryAccess needed) => (needed & ~Access) != 0;

    /// <summary>Closes the file.</summary>
    public abstract void Dispose();

    protected abstract Errno ReadCore(Span<byte> destination, out int read);
    protected abstract Errno ReadAtCore(Span<byte> destination, long offset, out int read);
    protected abstract Errno WriteCore(ReadOnlySpan<byte> source, out int written);
    protected abstract Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written);
    protected abstract Errno SetLengthCore(long length);
    protected abstract Errno AllocateCore(long offset, long length);
    protected abstract Errno SetTimesCore(in FileTimes times);
}
