using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Ambient;

/// <summary>The file system of the host by what .NET has for it.</summary>
internal sealed class HostSystem : PortableSystem
{
    public static HostSystem Instance { get; } = new();

    public override bool HasWindowsNames { get; } = OperatingSystem.IsWindows();

    public override string Join(string path, string name) => Path.Combine(path, name);

    public override Errno GetStatus(string path, out FileStatus status) => PortableStatus.Get(path, out status);

    public override Errno List(string path, out List<(string Name, FileType Type)> entries)
    {
        var found = new List<(string Name, FileType Type)>();
        entries = found;
        return PortableError.Try(() => found.AddRange(new DirectoryInfo(path).EnumerateFileSystemInfos()
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => (entry.Name, PortableStatus.TypeOf(entry.Attributes)))));
    }

    public override Errno Open(
        string path, OpenRequest request, DirectoryAccess access, DirectoryQuota? quota, out FileHandle? file) =>
        PortableFile.Open(path, request, access, quota, out file);

    public override Errno Truncate(FileHandle file) => ((PortableFile)file).Truncate();

    public override Errno SetTimes(string path, FileTimes times) => PortableStatus.SetTimes(path, times);

    public override Errno CreateDirectory(string path) => PortableError.Try(() => Directory.CreateDirectory(path));

    public override Errno RemoveDirectory(string path) => PortableError.Try(() => Directory.Delete(path, recursive: false));

    public override Errno RemoveFile(string path) => PortableError.Try(() => File.Delete(path));

    public override Errno MoveFile(string from, string to) => PortableError.Try(() => File.Move(from, to, overwrite: true));

    public override Errno MoveDirectory(string from, string to) => PortableError.Try(() => Directory.Move(from, to));
}
