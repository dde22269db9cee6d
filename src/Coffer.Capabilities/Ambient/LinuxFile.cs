using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>A file opened beneath a <see cref="LinuxDirectory"/>.</summary>
internal sealed class LinuxFile(Descriptor descriptor, FileType type, DirectoryAccess access, DirectoryQuota? quota)
    : FileHandle(access, quota)
{
    private DescriptorReadiness? readiness;

    public override FileType Type => type;

    // Pipes and devices are opened so that they never wait; a file of a disk always has its answer.
    public override Task WhenReadable() => type == FileType.RegularFile
        ? Task.CompletedTask
        : (readiness ??= new DescriptorReadiness(descriptor.Number)).WhenReadable();

    public override Task WhenWritable() => type == FileType.RegularFile
        ? Task.CompletedTask
        : (readiness ??= new DescriptorReadiness(descriptor.Number)).WhenWritable();

    protected override Errno ReadCore(Span<byte> destination, out int read) =>
        Count(Libc.Read(descriptor.Number, destination), out read);

    protected override Errno ReadAtCore(Span<byte> destination, long offset, out int read) =>
        Count(Libc.ReadAt(descriptor.Number, destination, offset), out read);

    public override Errno Seek(long offset, SeekOrigin origin, out long position)
    {
        position = Libc.Seek(descriptor.Number, offset, (int)origin);
        return position < 0 ? LinuxError.Last : Errno.Success;
    }

    public override Errno GetStatus(out FileStatus status) => LinuxStatus.Get(descriptor.Number, [], out status);

    public override Errno Sync(bool dataOnly) =>
        LinuxError.Of(dataOnly ? Libc.SyncData(descriptor.Number) : Libc.Sync(descriptor.Number));

    public override Errno SetAppend(bool append)
    {
        var flags = Libc.Control(descriptor.Number, Libc.ControlGetFlags, 0);
        if (flags < 0) return LinuxError.Last;
        flags = append ? flags | Libc.OpenAppend : flags & ~Libc.OpenAppend;
        return LinuxError.Of(Libc.Control(descriptor.Number, Libc.ControlSetFlags, flags));
    }

    public override void Dispose()
    {
        readiness?.Dispose();
        descriptor.Dispose();
    }

    protected override Errno WriteCore(ReadOnlySpan<byte> source, out int written) =>
        Count(Libc.Write(descriptor.Number, source), out written);

    protected override Errno WriteAtCore(ReadOnlySpan<byte> source, long offset, out int written) =>
        Count(Libc.WriteAt(descriptor.Number, source, offset), out written);

    protected override Errno SetLengthCore(long length) => LinuxError.Of(Libc.SetLength(descriptor.Number, length));

    protected override Errno AllocateCore(long offset, long length) =>
        LinuxError.Of(Libc.Allocate(descriptor.Number, 0, offset, length));

    protected override Errno SetTimesCore(in FileTimes times) =>
        LinuxError.Of(Libc.SetTimes(descriptor.Number, LinuxStatus.Pair(times, stackalloc TimeSpecification[2])));

    private static Errno Count(nint result, out int count)
    {
        count = result < 0 ? 0 : (int)result;
        return result < 0 ? LinuxError.Last : Errno.Success;
    }
}
