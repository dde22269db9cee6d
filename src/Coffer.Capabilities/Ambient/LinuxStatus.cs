using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Facts and times of files, between Linux's form and the host layer's.</summary>
internal static class LinuxStatus
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Facts about a name in a directory, or about the descriptor itself when the name is empty.</summary>
    public static Errno Get(int descriptor, ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        if (Libc.Status(descriptor, name, out var raw) < 0) return LinuxError.Last;
        status = new FileStatus(
            ((ulong)raw.DeviceMajor << 32) | raw.DeviceMinor, raw.Inode, TypeOf(raw.Mode), raw.Links, raw.Size,
            Timestamp(raw.AccessedSeconds, raw.AccessedNanoseconds),
            Timestamp(raw.ModifiedSeconds, raw.ModifiedNanoseconds),
            Timestamp(raw.ChangedSeconds, raw.ChangedNanoseconds));
        return Errno.Success;
    }

    /// <summary>What a descriptor is.</summary>
    public static Errno GetType(int descriptor, out FileType type)
    {
        type = FileType.Unknown;
        if (Libc.Status(descriptor, [], out var raw, Libc.StatxType) < 0) return LinuxError.Last;
        type = TypeOf(raw.Mode);
        return Errno.Success;
    }

    public static ReadOnlySpan<TimeSpecification> Pair(in FileTimes times, Span<TimeSpecification> two)
    {
        two[0] = Specify(times.Access, times.Accessed);
        two[1] = Specify(times.Modification, times.Modified);
        return two;
    }

    /// <summary>The type in the entry of a directory (DT_DIR and the like).</summary>
    public static FileType EntryType(byte type) => TypeOf((ushort)(type << 12));

    private static FileType TypeOf(ushort mode) => (mode & 0xF000) switch
    {
        0x2000 => FileType.CharacterDevice,
        0x4000 => FileType.Directory,
        0x6000 => FileType.BlockDevice,
        0x8000 => FileType.RegularFile,
        0xA000 => FileType.SymbolicLink,
        0xC000 => FileType.StreamSocket,
        _ => FileType.Unknown,
    };

    private static ulong Timestamp(long seconds, uint nanoseconds) =>
        seconds < 0 ? 0 : unchecked((ulong)seconds * NanosecondsPerSecond + nanoseconds);

    private static TimeSpecification Specify(TimeChange change, ulong time) => change switch
    {
        TimeChange.Now => new TimeSpecification(0, Libc.TimeNow),
        TimeChange.Set => new TimeSpecification(
            (long)(time / NanosecondsPerSecond), (long)(time % NanosecondsPerSecond)),
        _ => new TimeSpecification(0, Libc.TimeOmit),
    };
}
