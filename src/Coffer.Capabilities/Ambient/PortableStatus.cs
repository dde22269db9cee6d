using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>Facts and times of files by path. There are no file numbers: each is reported as 0.</summary>
internal static class PortableStatus
{
    private const ulong NanosecondsPerTick = 100;

    /// <summary>Facts about a path; a link is not followed.</summary>
    public static Errno Get(string path, out FileStatus status)
    {
        status = default;
        try
        {
            var attributes = File.GetAttributes(path);
            var isDirectory = (attributes & FileAttributes.Directory) != 0;
            FileSystemInfo info = isDirectory ? new DirectoryInfo(path) : new FileInfo(path);
            var size = info is FileInfo file ? (ulong)file.Length : 0;
            var modified = Timestamp(info.LastWriteTimeUtc);
            status = new FileStatus(
                0, 0, TypeOf(attributes), 1, size, Timestamp(info.LastAccessTimeUtc), modified, modified);
            return Errno.Success;
        }
        catch (Exception exception) when (PortableError.TryTranslate(exception, out var error))
        {
            return error;
        }
    }

    public static Errno SetTimes(string path, FileTimes times) => PortableError.Try(() =>
    {
        if (times.Access != TimeChange.Keep) File.SetLastAccessTimeUtc(path, Time(times.Access, times.Accessed));
        if (times.Modification != TimeChange.Keep)
        {
            File.SetLastWriteTimeUtc(path, Time(times.Modification, times.Modified));
        }

    });

    public static FileType TypeOf(FileAttributes attributes)
    {
        if ((attributes & FileAttributes.ReparsePoint) != 0) return FileType.SymbolicLink;
        return (attributes & FileAttributes.Directory) != 0 ? FileType.Directory : FileType.RegularFile;
    }

    public static ulong Timestamp(DateTime time) =>
        (ulong)Math.Max(0, (time - DateTime.UnixEpoch).Ticks) * NanosecondsPerTick;

    public static DateTime Time(TimeChange change, ulong nanoseconds)
    {
        if (change == TimeChange.Now) return DateTime.UtcNow;
        var ticks = nanoseconds / NanosecondsPerTick;
        var most = (ulong)(DateTime.MaxValue - DateTime.UnixEpoch).Ticks;
        return DateTime.UnixEpoch.AddTicks((long)Math.Min(ticks, most));
    }
}
