using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>What a guest may write and make in a directory of the host.</summary>
public sealed class HostQuotaTests : IDisposable
{
    private readonly TemporaryDirectory host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public void Bytes_EachWayToWrite_IsChargedBeforehand()
    {
        using var root = Open(bytes: 100);
        using var file = root.OpenFile("a", Handles.Writing);

        Assert.Equal(Errno.Success, file.Write(new byte[40], out _));
        Assert.Equal(Errno.DiskQuota, file.WriteAt("x"u8, 100, out _));
        Assert.Equal(Errno.DiskQuota, file.SetLength(101));
        Assert.Equal(Errno.DiskQuota, file.Allocate(50, 60));
        Assert.Equal(Errno.DiskQuota, file.Write(new byte[61], out var written));
        Assert.Equal(0, written);
        Assert.Equal(40, new FileInfo(host["a"]).Length);
        Assert.Equal(Errno.Success, file.WriteAt("x"u8, 59, out _));
        Assert.Equal(Errno.Success, file.SetLength(80));
        Assert.Equal(Errno.Success, file.Allocate(80, 10));
        Assert.Equal(Errno.Success, file.WriteAt(new byte[10], 0, out _));
        Assert.Equal(Errno.DiskQuota, file.WriteAt("x"u8, 0, out _));
        Assert.Equal(90, new FileInfo(host["a"]).Length);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public void Files_CreationOfWhatIsNoFile_IsRefusedAsWithoutABound(int files)
    {
        using var root = Open(files: files);
        Directory.CreateDirectory(host["folder"]);
        File.WriteAllText(host["file"], "");
        File.CreateSymbolicLink(host["loop"], "loop");
        var request = Handles.Reading with { Create = true };

        Assert.Equal(Errno.IsDirectory, root.Try("folder", request));
        Assert.Equal(Errno.IsDirectory, root.Try(".", request));
        Assert.Equal(Errno.Loop, root.Try("loop", request));
        Assert.Equal(Errno.Success, root.Try("file", request));
        Assert.Equal(files == 0 ? Errno.DiskQuota : Errno.Success, root.Try("new", request));
        if (files > 0) Assert.Equal(Errno.IsDirectory, root.Try("file/", request));
    }

    [Fact]
    public void Bytes_CutOffAndRemoved_DoNotComeBack()
    {
        using var root = Open(bytes: 100);
        Assert.Equal(Errno.Success, root.Write("a", new string('a', 60)));
        Assert.Equal(Errno.Success, root.Unlink("a"));

        Assert.Equal(Errno.DiskQuota, root.Write("b", new string('b', 60)));
        Assert.Equal(Errno.Success, root.Write("b", new string('b', 40)));
    }

    [Fact]
    public void Bytes_WorkThatFails_IsGivenBack()
    {
        using var root = Open(bytes: 100);
        File.WriteAllText(host["a"], "content");
        using (var file = root.OpenFile("a", Handles.Reading))
        {
            Assert.Equal(Errno.BadDescriptor, file.Write(new byte[100], out _));
            Assert.Equal(Errno.BadDescriptor, file.WriteAt(new byte[90], 0, out _));
            Assert.Equal(Errno.Invalid, file.SetLength(100));
        }

        Assert.Equal(Errno.Success, root.Write("a", new string('a', 100)));
    }

    [Fact]
    public void Bytes_Appending_ChargesWhatIsAppended()
    {
        using var root = Open(bytes: 10);
        File.WriteAllText(host["a"], new string('a', 1000));
        using var file = root.OpenFile("a", Handles.Writing with { Append = true });

        Assert.Equal(Errno.Success, file.Write("12345"u8, out _));
        Assert.Equal(Errno.Success, file.Write("12345"u8, out _));
        Assert.Equal(Errno.DiskQuota, file.Write("1"u8, out _));
    }

    [Fact]
    public void Bytes_SubdirectoriesAndThreads_ShareThem()
    {
        using var root = Open(bytes: 1000);
        Assert.Equal(Errno.Success, root.MakeDirectory("sub"));
        using var sub = root.OpenDirectory("sub");
        var written = 0;
        Parallel.For(0, 8, worker =>
        {
            using var file = (worker % 2 == 0 ? root : sub).OpenFile($"{worker}", Handles.Writing);
            while (file.Write(new byte[7], out var count) == Errno.Success) Interlocked.Add(ref written, count);
        });

        Assert.Equal(1000 / 7 * 7, written);
    }

    [Fact]
    public void Files_EachKind_IsCountedOnce()
    {
        using var root = Open(files: 4);
        File.WriteAllText(host["old"], "");

        Assert.Equal(Errno.Success, root.Write("old", "not counted"));
        Assert.Equal(Errno.Success, root.Write("a", ""));
        Assert.Equal(Errno.Success, root.Write("a", "again"));
        Assert.Equal(Errno.Exists, root.MakeDirectory("a"));
        Assert.Equal(Errno.Exists, root.Try("a", Handles.Writing with { Exclusive = true }));
        Assert.Equal(Errno.NotFound, root.Write("missing/a", ""));
        Assert.Equal(Errno.Success, root.MakeDirectory("b"));
        Assert.Equal(Errno.Success, root.Symlink("a", "c"));
        Assert.Equal(Errno.Success, root.HardLink("a", "d"));
        Assert.Equal(Errno.DiskQuota, root.Write("e", ""));
        Assert.Equal(Errno.DiskQuota, root.MakeDirectory("e"));
        Assert.Equal(Errno.DiskQuota, root.Symlink("a", "e"));
        Assert.Equal(Errno.DiskQuota, root.HardLink("a", "e"));
        Assert.Equal(Errno.Success, root.Write("a", "still"));
        Assert.Equal(5, Directory.GetFileSystemEntries(host.Path).Length);
    }

    private DirectoryHandle Open(long? bytes = null, long? files = null) => HostDirectory.Open(
        new DirectoryGrant(host.Path, "/") { MaximumBytes = bytes, MaximumFiles = files }, null);
}
