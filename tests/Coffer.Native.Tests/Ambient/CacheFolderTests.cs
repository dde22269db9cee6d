using System.Runtime.Versioning;
using Coffer.Native.Ambient;

namespace Coffer.Native.Tests.Ambient;

[UnsupportedOSPlatform("windows")]
public sealed class CacheFolderTests : IDisposable
{
    private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory("coffer-cache-");

    private string Folder => Path.Combine(parent.FullName, "cache");

    public void Dispose() => parent.Delete(recursive: true);

    [Fact]
    public void Open_NewFolder_IsTheUsersAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        CacheFolder.Open(Folder);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "key")));
    }

    [Fact]
    public void Open_Twice_HasOneKey() => Assert.Equal(CacheFolder.Open(Folder).Key, CacheFolder.Open(Folder).Key);

    [Theory]
    [InlineData("cache")]
    [InlineData("cache/key")]
    public void Open_OpenToOthers_IsRefused(string what)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        CacheFolder.Open(Folder);
        var path = Path.Combine(parent.FullName, what);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.GroupRead);
        Assert.Contains("open to other users", Assert.Throws<IOException>(() => CacheFolder.Open(Folder)).Message);
    }

    [Fact]
    public void Open_Links_AreRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        CacheFolder.Open(Folder);
        var link = Path.Combine(parent.FullName, "link");
        Directory.CreateSymbolicLink(link, Folder);
        Assert.Throws<IOException>(() => CacheFolder.Open(link));
        var key = Path.Combine(Folder, "key");
        File.Move(key, key + "2");
        File.CreateSymbolicLink(key, key + "2");
        Assert.Throws<IOException>(() => CacheFolder.Open(Folder));
    }

    [Fact]
    public void Open_FolderOfAnotherUser_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "only root can give a folder away");
        CacheFolder.Open(Folder);
        using (var chown = System.Diagnostics.Process.Start("chown", ["12345", Folder])) chown.WaitForExit();
        Assert.Contains("another user", Assert.Throws<IOException>(() => CacheFolder.Open(Folder)).Message);
    }

    [Fact]
    public async Task Publish_ByManyAtOnce_IsNeverSeenInPart()
    {
        var cache = CacheFolder.Open(Folder);
        var contents = Enumerable.Range(1, 8).Select(i => Enumerable.Repeat((byte)i, 200_000).ToArray()).ToArray();
        cache.Publish("entry", contents[0]);
        var writers = contents.Select(content => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++) cache.Publish("entry", content);
        })).ToArray();
        while (!Task.WhenAll(writers).IsCompleted)
        {
            using var content = cache.Read("entry", 1 << 20)!;
            var seen = content.Bytes.ToArray();
            Assert.Equal(200_000, seen.Length);
            Assert.Equal(seen[0], Assert.Single(seen.Distinct()));
        }

        await Task.WhenAll(writers);
        Assert.Single(cache.Entries());
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public void Trim_MoreThanAllowed_RemovesWhatWasNotUsedForLongest()
    {
        var cache = CacheFolder.Open(Folder);
        for (var i = 0; i < 4; i++)
        {
            cache.Publish($"e{i}", new byte[1000]);
            File.SetLastWriteTimeUtc(cache.PathOf($"e{i}"), DateTime.UtcNow.AddHours(i - 10));
        }

        cache.CountUse("e0");
        cache.Trim(2500);
        Assert.Equal(["e0", "e3"], cache.Entries());
    }

    [Fact]
    public void Trim_LeftByEndedProcesses_IsRemovedInTime()
    {
        var cache = CacheFolder.Open(Folder);
        var (old, young) = (Path.Combine(Folder, "a.1.tmp"), Path.Combine(Folder, "a.2.tmp"));
        File.WriteAllText(old, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-1));
        cache.Trim(long.MaxValue);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
        Assert.Empty(cache.Entries());
    }

    [Fact]
    public void TryExclusively_WhileAnotherDoes_DoesNothing()
    {
        var cache = CacheFolder.Open(Folder);
        var inner = true;
        Assert.True(cache.TryExclusively("entry", () => inner = cache.TryExclusively("entry", () => Assert.Fail("both"))));
        Assert.False(inner);
        Assert.True(cache.TryExclusively("entry", () => { }));
    }
}
