using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>Directories in memory behave as those of Linux do.</summary>
public sealed class MemoryTests
{
    private static DirectoryHandle NewDirectory(long? bytes = null, long? files = null) => HostDirectory.Open(
        new DirectoryGrant("", "/tmp") { Source = DirectorySource.Memory, MaximumBytes = bytes, MaximumFiles = files }, null);

    [Fact]
    public void Write_ThenRead_GivesTheSameAcrossPieces()
    {
        using var root = NewDirectory();
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        using var file = root.OpenFile("a", Handles.Writing);

        for (var offset = 0; offset < bytes.Length; offset += 7_001)
        {
            var part = bytes.AsSpan(offset, Math.Min(7_001, bytes.Length - offset));
            Assert.Equal(Errno.Success, file.Write(part, out var written));
            Assert.Equal(part.Length, written);
        }

        var read = new byte[bytes.Length + 10];
        Assert.Equal(Errno.Success, file.ReadAt(read, 0, out var count));
        Assert.Equal(bytes, read[..count]);
        Assert.Equal((ulong)bytes.Length, root.Status("a").Size);
    }

    [Fact]
    public void SetLength_ShorterThenLonger_ReadsZeros()
    {
        using var root = NewDirectory();
        using var file = root.OpenFile("a", Handles.Writing);
        Assert.Equal(Errno.Success, file.Write(Enumerable.Repeat((byte)7, 200_000).ToArray(), out _));

        Assert.Equal(Errno.Success, file.SetLength(100_000));
        Assert.Equal(Errno.Success, file.SetLength(150_000));
        Assert.Equal(Errno.Success, file.WriteAt("x"u8, 180_000, out _));

        var bytes = new byte[180_001];
        Assert.Equal(Errno.Success, file.ReadAt(bytes, 0, out var read));
        Assert.Equal(bytes.Length, read);
        Assert.All(bytes[..100_000], value => Assert.Equal(7, value));
        Assert.All(bytes[100_000..180_000], value => Assert.Equal(0, value));
        Assert.Equal((byte)'x', bytes[180_000]);
    }

    [Theory]
    [InlineData("..", Errno.Escape)]
    [InlineData("../tmp/file", Errno.Escape)]
    [InlineData("sub/../../file", Errno.Escape)]
    [InlineData("absolute", Errno.Escape)]
    [InlineData("up", Errno.Escape)]
    [InlineData("circle", Errno.Loop)]
    [InlineData("circle/x", Errno.Loop)]
    [InlineData("dangling", Errno.NotFound)]
    [InlineData("file/", Errno.NotDirectory)]
    [InlineData("file/x", Errno.NotDirectory)]
    [InlineData("missing/x", Errno.NotFound)]
    internal void Open_PathThatLeadsNowhere_SaysWhy(string path, Errno expected)
    {
        using var root = NewDirectory();
        root.MakeDirectory("sub");
        root.Write("file", "content");
        Assert.Equal(Errno.Success, root.Symlink("../file", "up"));
        Assert.Equal(Errno.Success, root.Symlink("circle", "circle"));
        Assert.Equal(Errno.Success, root.Symlink("nowhere", "dangling"));
        Assert.Equal(Errno.Escape, root.Symlink("/file", "absolute"));
        if (path == "absolute") return;

        Assert.Equal(expected, root.Try(path, Handles.Reading));
        Assert.Equal(expected, root.Status(path, out _, follow: true));
    }

    [Fact]
    public void Open_LinkInside_IsFollowedFromWhereItIs()
    {
        using var root = NewDirectory();
        root.MakeDirectory("sub");
        root.MakeDirectory("sub/deep");
        root.Write("sub/file", "content");
        root.Symlink("../file", "sub/deep/link");
        root.Symlink("sub/deep/", "folder");

        Assert.Equal("content", root.Read("folder/link"));
        Assert.Equal(Errno.Loop, root.Try("sub/deep/link", Handles.Reading with { FollowFinal = false }));
        Assert.Equal("../file", root.ReadLink("folder/link"));
        Assert.Equal(FileType.SymbolicLink, root.Status("sub/deep/link").Type);
        using var deep = root.OpenDirectory("sub/deep");
        Assert.Equal(Errno.Escape, deep.Try("link", Handles.Reading));
    }

    [Fact]
    public void Open_DanglingLinkToCreate_MakesItsTarget()
    {
        using var root = NewDirectory();
        root.Symlink("target", "link");

        Assert.Equal(Errno.Exists, root.Try("link", Handles.Writing with { Exclusive = true }));
        Assert.Equal(Errno.Success, root.Write("link", "content"));

        Assert.Equal("content", root.Read("target"));
    }

    [Fact]
    public void List_WhileEntriesComeAndGo_ShowsWhatStaysOnce()
    {
        using var root = NewDirectory();
        for (var i = 0; i < 100; i++) root.Write($"stay-{i:000}", "");
        for (var i = 0; i < 100; i++) root.Write($"go-{i:000}", "");
        var removed = 0;

        var names = root.List(100, () =>
        {
            if (removed < 100) root.Unlink($"go-{removed:000}");
            root.Write($"new-{removed++:000}", "");
            root.Unlink($"new-{removed - 1:000}");
        });

        Assert.Equal(100, names.Count(name => name.StartsWith("stay", StringComparison.Ordinal)));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void List_Root_HasDotsThatStayInside()
    {
        using var root = NewDirectory();
        root.MakeDirectory("sub");
        using var sub = root.OpenDirectory("sub");
        var buffer = new byte[200];
        var writer = new DirectoryEntryWriter(buffer);

        Assert.Equal(Errno.Success, sub.ReadEntries(0, ref writer));

        Assert.Equal(24 + 1 + 24 + 2, writer.Written);
        Assert.Equal(root.Status("sub").Inode, BitConverter.ToUInt64(buffer, 8));
        Assert.Equal(root.Status(".").Inode, BitConverter.ToUInt64(buffer, 25 + 8));
    }

    [Fact]
    public void Unlink_OpenFile_StaysUsableAndGivesItsBytesBackAfterwards()
    {
        using var root = NewDirectory(bytes: 1000);
        using (var file = root.OpenFile("a", Handles.Writing))
        {
            Assert.Equal(Errno.Success, file.Write(new byte[900], out _));
            Assert.Equal(Errno.Success, root.Unlink("a"));
            Assert.Equal(Errno.NotFound, root.Status("a", out _));
            Assert.Equal(Errno.Success, file.WriteAt("x"u8, 0, out _));
            Assert.Equal("x", file.ReadAll()[..1]);
            Assert.Equal(Errno.DiskQuota, root.Write("b", new string('b', 200)));
        }

        Assert.Equal(Errno.Success, root.Write("b", new string('b', 1000)));
    }

    [Fact]
    public void Append_TwoHandles_NeverOverwrite()
    {
        using var root = NewDirectory();
        using var one = root.OpenFile("log", Handles.Writing with { Append = true });
        using var two = root.OpenFile("log", Handles.Writing);

        one.Write("one"u8, out _);
        two.SetAppend(true);
        two.Write("two"u8, out _);
        one.Write("three"u8, out _);

        Assert.Equal("onetwothree", root.Read("log"));
    }

    [Fact]
    public void HardLink_Both_AreTheSameFile()
    {
        using var root = NewDirectory(files: 2);
        root.Write("a", "old");

        Assert.Equal(Errno.Success, root.HardLink("a", "b"));
        Assert.Equal(Errno.DiskQuota, root.HardLink("a", "c"));
        root.Write("b", "new");

        Assert.Equal("new", root.Read("a"));
        Assert.Equal(2UL, root.Status("a").Links);
        Assert.Equal(root.Status("a").Inode, root.Status("b").Inode);
        Assert.Equal(Errno.Success, root.Unlink("a"));
        Assert.Equal("new", root.Read("b"));
        Assert.Equal(Errno.Success, root.HardLink("b", "c"));
    }

    [Fact]
    public void Rename_EachCombination_IsAsOnLinux()
    {
        using var root = NewDirectory();
        root.Write("file", "content");
        root.MakeDirectory("empty");
        root.MakeDirectory("full");
        root.Write("full/x", "");

        Assert.Equal(Errno.IsDirectory, root.Rename("file", "empty"));
        Assert.Equal(Errno.NotDirectory, root.Rename("empty", "file"));
        Assert.Equal(Errno.NotEmpty, root.Rename("empty", "full"));
        Assert.Equal(Errno.Invalid, root.Rename("full", "full/inside"));
        Assert.Equal(Errno.NotDirectory, root.Rename("file/", "new"));
        Assert.Equal(Errno.NotDirectory, root.Rename("file", "new/"));
        Assert.Equal(Errno.NotFound, root.Rename("missing", "new"));
        Assert.Equal(Errno.Busy, root.Rename(".", "new"));
        Assert.Equal(Errno.Success, root.Rename("file", "file"));
        Assert.Equal(Errno.Success, root.Rename("full", "empty"));
        Assert.Equal(Errno.Success, root.Rename("file", "empty/x"));

        Assert.Equal("content", root.Read("empty/x"));
        Assert.Equal(["empty"], root.List());
    }

    [Fact]
    public void Rename_IntoItsOwnDescendantByAnotherHandle_IsRefused()
    {
        using var root = NewDirectory();
        root.MakeDirectory("a");
        root.MakeDirectory("a/b");
        using var inner = root.OpenDirectory("a/b");
        Assert.Equal(Errno.Success, GuestPath.TryCopy("a"u8, new byte[GuestPath.Capacity], out var from));
        Assert.Equal(Errno.Success, GuestPath.TryCopy("c"u8, new byte[GuestPath.Capacity], out var to));

        Assert.Equal(Errno.Invalid, root.Rename(from, inner, to));
    }

    [Fact]
    public void RemovedDirectory_OpenHandle_MakesNothingNew()
    {
        using var root = NewDirectory();
        root.MakeDirectory("a");
        using var handle = root.OpenDirectory("a");

        Assert.Equal(Errno.Success, root.RemoveDirectory("a"));

        Assert.Equal(Errno.NotFound, handle.Write("file", "x"));
        Assert.Equal(Errno.NotFound, handle.MakeDirectory("x"));
    }

    [Fact]
    public void Quota_Bytes_AreChargedBeforeAnythingGrows()
    {
        using var root = NewDirectory(bytes: 1000);
        using var file = root.OpenFile("a", Handles.Writing);

        Assert.Equal(Errno.DiskQuota, file.SetLength(long.MaxValue));
        Assert.Equal(Errno.DiskQuota, file.Allocate(0, 1L << 40));
        Assert.Equal(Errno.DiskQuota, file.WriteAt("x"u8, 1L << 40, out _));
        Assert.Equal(Errno.FileTooBig, file.WriteAt("xy"u8, long.MaxValue - 1, out _));
        Assert.Equal(0UL, root.Status("a").Size);
        Assert.Equal(Errno.Success, file.WriteAt("x"u8, 999, out _));
        Assert.Equal(Errno.DiskQuota, file.WriteAt("x"u8, 1000, out var written));
        Assert.Equal(0, written);
        Assert.Equal(Errno.DiskQuota, root.Symlink("target", "link"));
        Assert.Equal(Errno.Success, file.SetLength(10));
        Assert.Equal(Errno.Success, root.Write("b", new string('b', 990)));
    }

    [Fact]
    public void Quota_Files_CountEachKindAndComeBack()
    {
        using var root = NewDirectory(files: 3);

        Assert.Equal(Errno.Success, root.Write("a", ""));
        Assert.Equal(Errno.Success, root.MakeDirectory("b"));
        Assert.Equal(Errno.Success, root.Symlink("a", "c"));
        Assert.Equal(Errno.DiskQuota, root.Write("d", ""));
        Assert.Equal(Errno.DiskQuota, root.MakeDirectory("d"));
        Assert.Equal(Errno.DiskQuota, root.Symlink("a", "d"));
        Assert.Equal(Errno.Success, root.Write("a", "again"));
        Assert.Equal(Errno.Success, root.RemoveDirectory("b"));
        Assert.Equal(Errno.Success, root.Rename("a", "c"));
        Assert.Equal(Errno.Success, root.Write("d", ""));
        Assert.Equal(Errno.Success, root.Write("e", ""));
        Assert.Equal(Errno.DiskQuota, root.Write("f", ""));
    }

    [Fact]
    public void NothingSaid_StillBounded()
    {
        using var root = NewDirectory();
        using var file = root.OpenFile("a", Handles.Writing);

        Assert.Equal(Errno.NoSpace, file.SetLength(GrantedTree.DefaultBytes + 1));
        Assert.Equal(Errno.Success, file.SetLength(GrantedTree.DefaultBytes));
        for (var i = 1; i < GrantedTree.DefaultFiles; i++) Assert.Equal(Errno.Success, root.MakeDirectory($"{i}"));
        Assert.Equal(Errno.NoSpace, root.MakeDirectory("more"));
    }

    [Fact]
    public void Names_TooLongOrStrange_AreRefusedOrKept()
    {
        using var root = NewDirectory();

        Assert.Equal(Errno.NameTooLong, root.Write(new string('n', 256), ""));
        Assert.Equal(Errno.Success, root.Write(new string('n', 255), ""));
        Assert.Equal(Errno.Success, root.Write("ünïcode \\ : * ✓", "x"));
        Assert.Equal("x", root.Read("ünïcode \\ : * ✓"));
    }

    [Fact]
    public void Times_NoClock_AreTheSameInEveryRun()
    {
        using var root = NewDirectory();
        root.Write("a", "x");

        Assert.Equal(0UL, root.Status("a").Modified);
        Assert.Equal(0UL, root.Status(".").Changed);
        Assert.Equal(root.Status(".").Device, root.Status("a").Device);
    }

    [Fact]
    public void Threads_ManyAtOnce_LeaveEverythingWhole()
    {
        using var root = NewDirectory(bytes: 1_000_000, files: 1000);
        Parallel.For(0, 8, worker =>
        {
            for (var round = 0; round < 200; round++)
            {
                var name = $"{worker}-{round}";
                Assert.Equal(Errno.Success, root.Write(name, name));
                Assert.Equal(name, root.Read(name));
                Assert.Equal(Errno.Success, root.Rename(name, $"moved-{worker}"));
                _ = root.List();
                Assert.Equal(Errno.Success, root.Unlink($"moved-{worker}"));
            }
        });

        Assert.Empty(root.List());
        Assert.Equal(Errno.Success, root.Write("all", Encoding.UTF8.GetString(Enumerable.Repeat((byte)'x', 1_000_000).ToArray())));
    }
}
