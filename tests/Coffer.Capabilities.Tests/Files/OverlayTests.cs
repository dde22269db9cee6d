using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>What a guest changes in an overlay it sees, and the base never does.</summary>
public sealed class OverlayTests : IDisposable
{
    private readonly TemporaryDirectory host = new();
    private readonly string before;
    private readonly DirectoryHandle root;

    public OverlayTests()
    {
        Directory.CreateDirectory(host["base/sub/deep"]);
        Directory.CreateDirectory(host["outside"]);
        File.WriteAllText(host["outside/secret"], Tree.Secret);
        File.WriteAllText(host["base/file"], "of the base");
        File.WriteAllText(host["base/other"], "other");
        File.WriteAllText(host["base/sub/file"], "below");
        File.WriteAllText(host["base/sub/deep/file"], "deep");
        File.CreateSymbolicLink(host["base/link"], "sub/file");
        File.CreateSymbolicLink(host["base/out"], "../outside/secret");
        File.CreateSymbolicLink(host["base/absolute"], host["outside/secret"]);
        before = Describe();
        root = Open();
    }

    public void Dispose()
    {
        root.Dispose();
        Assert.Equal(before, Describe());
        host.Dispose();
    }

    [Fact]
    public void Read_Untouched_ShowsTheBase()
    {
        Assert.Equal("of the base", root.Read("file"));
        Assert.Equal("below", root.Read("link"));
        Assert.Equal("sub/file", root.ReadLink("link"));
        Assert.Equal(11UL, root.Status("file").Size);
        Assert.Equal((ulong)new DateTimeOffset(File.GetLastWriteTimeUtc(host["base/file"])).ToUnixTimeMilliseconds(),
            root.Status("file").Modified / 1_000_000);
        Assert.Equal(["absolute", "file", "link", "other", "out", "sub"], root.List().Order());
    }

    [Fact]
    public void Write_EachWay_ChangesTheCopyOnly()
    {
        using (var file = root.OpenFile("file", Handles.Writing)) file.WriteAt("OF"u8, 0, out _);
        using (var file = root.OpenFile("link", Handles.Writing with { Append = true })) file.Write("!"u8, out _);
        using (var file = root.OpenFile("other", Handles.Writing with { Truncate = true }))
        {
            Assert.Equal(Errno.Success, file.SetTimes(new FileTimes(TimeChange.Set, 1, TimeChange.Set, 2)));
        }

        Assert.Equal("OF the base", root.Read("file"));
        Assert.Equal("below!", root.Read("sub/file"));
        Assert.Equal("", root.Read("other"));
        Assert.Equal(2UL, root.Status("other").Modified);
    }

    [Fact]
    public void Unlink_ThenCreate_HidesAndReplaces()
    {
        Assert.Equal(Errno.Success, root.Unlink("file"));
        Assert.Equal(Errno.NotFound, root.Status("file", out _));
        Assert.DoesNotContain("file", root.List());
        Assert.Equal(Errno.Success, root.Write("file", "new"));

        Assert.Equal("new", root.Read("file"));
        Assert.Single(root.List(), "file");
    }

    [Fact]
    public void RemoveDirectory_ThenMakeItAgain_IsEmpty()
    {
        Assert.Equal(Errno.NotEmpty, root.RemoveDirectory("sub/deep"));
        Assert.Equal(Errno.Success, root.Unlink("sub/deep/file"));
        Assert.Equal(Errno.Success, root.RemoveDirectory("sub/deep"));
        Assert.Equal(Errno.Success, root.MakeDirectory("sub/deep"));

        using var deep = root.OpenDirectory("sub/deep");
        Assert.Empty(deep.List());
        Assert.Equal(Errno.NotFound, root.Status("sub/deep/file", out _));
    }

    [Fact]
    public void Rename_AcrossLayers_Works()
    {
        Assert.Equal(Errno.Success, root.MakeDirectory("new"));
        Assert.Equal(Errno.Success, root.Rename("file", "new/moved"));
        Assert.Equal(Errno.Success, root.Rename("sub", "new/sub"));
        Assert.Equal(Errno.Success, root.Rename("other", "new/sub/file"));

        Assert.Equal("of the base", root.Read("new/moved"));
        Assert.Equal("other", root.Read("new/sub/file"));
        Assert.Equal("deep", root.Read("new/sub/deep/file"));
        Assert.Equal(["absolute", "link", "new", "out"], root.List().Order());
        Assert.Equal(Errno.NotFound, root.Status("link", out _, follow: true));
    }

    [Fact]
    public void HardLink_OfABaseFile_IsOneFile()
    {
        Assert.Equal(Errno.Success, root.HardLink("file", "sub/again"));
        Assert.Equal(Errno.Success, root.Write("sub/again", "changed"));

        Assert.Equal("changed", root.Read("file"));
    }

    [Theory]
    [InlineData("out")]
    [InlineData("absolute")]
    [InlineData("../outside/secret")]
    public void Open_LinkOfTheBaseThatLeadsOut_IsAnEscape(string path)
    {
        Assert.Equal(Errno.Escape, root.Try(path, Handles.Reading));
        Assert.Equal(Errno.Escape, root.Try(path, Handles.Writing));
    }

    [Fact]
    public void List_WhileTheUpperLayerChanges_KeepsItsCookies()
    {
        var names = new List<string>();
        var (_, cookie) = root.ListFrom(0, 130, names);
        root.Write("new", "");
        root.Unlink(names[0]);
        root.Rename(names[^1], "renamed");
        while (true)
        {
            var (isFull, next) = root.ListFrom(cookie, 130, names);
            if (!isFull) break;
            cookie = next;
        }

        Assert.Contains("new", names);
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Subset(names.ToHashSet(), new HashSet<string>(["absolute", "file", "link", "other", "out", "sub"]));
    }

    [Fact]
    public void CopyUp_BeyondTheQuota_IsRefusedBeforeItIsMade()
    {
        using var small = Open(bytes: 10, files: 1);

        using (var file = small.OpenFile("file", Handles.Writing))
        {
            Assert.Equal(Errno.DiskQuota, file.WriteAt("x"u8, 0, out _));
            Assert.Equal("of the base", file.ReadAll());
        }

        Assert.Equal(Errno.Success, small.Write("file", "x"));
        Assert.Equal(Errno.Success, small.Unlink("other"));
        Assert.Equal(Errno.Success, small.Write("new", ""));
        Assert.Equal(Errno.DiskQuota, small.Write("another", ""));
    }

    [Fact]
    public void SubdirectoryHandle_AfterThePreopenIsClosed_StillReads()
    {
        var first = Open();
        using var sub = first.OpenDirectory("sub");
        first.Dispose();

        Assert.Equal("deep", sub.Read("deep/file"));
    }

    private DirectoryHandle Open(long? bytes = null, long? files = null) => HostDirectory.Open(
        new DirectoryGrant(host["base"], "/") { Source = DirectorySource.Overlay, MaximumBytes = bytes, MaximumFiles = files },
        null);

    private string Describe() => string.Join('\n', Directory
        .GetFileSystemEntries(host.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(entry =>
        {
            var info = new FileInfo(entry);
            var content = info.LinkTarget ?? (info.Exists ? Convert.ToHexString(File.ReadAllBytes(entry)) : "");
            return $"{entry} {info.LastWriteTimeUtc.Ticks} {content}";
        }));
}
