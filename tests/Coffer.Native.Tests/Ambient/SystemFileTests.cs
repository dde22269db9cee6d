using Coffer.Native.Ambient;

namespace Coffer.Native.Tests.Ambient;

public sealed class SystemFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-file-");

    public SystemFileTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere all is left to the platform");

    public void Dispose() => folder.Delete(recursive: true);

    private string Path(string name) => System.IO.Path.Combine(folder.FullName, name);

    private static byte[]? Read(string path, long mostBytes = 1 << 30, bool followsLinks = true) =>
        SystemFile.TryRead(path, mostBytes, followsLinks, out _);

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("größe und 空白", 70_000)]
    public void TryRead_File_GivesItsBytesAndItsTime(string name, int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(Path(name), bytes);
        File.SetLastWriteTimeUtc(Path(name), DateTime.UnixEpoch.AddSeconds(1_000_000_000));
        Assert.Equal(bytes, SystemFile.TryRead(Path(name), length, followsLinks: false, out var modified));
        Assert.Equal(1_000_000_000, modified);
    }

    [Fact]
    public void TryRead_WhatThePlatformMustLookAt_IsLeftToIt()
    {
        File.WriteAllBytes(Path("empty"), []);
        File.WriteAllBytes(Path("large"), new byte[11]);
        Assert.Null(Read(Path("empty")));
        Assert.Null(Read(Path("large"), 10));
        Assert.Null(Read(Path("missing")));
        Assert.Null(Read(folder.FullName));
        Assert.Null(Read("/dev/zero"));
        Assert.Null(Read(Path("large") + "\0x"));
        Assert.Null(Read(Path("empty")));
    }

    [Fact]
    public void TryRead_Link_IsFollowedOnlyWhenAsked()
    {
        File.WriteAllBytes(Path("file"), [1]);
        File.CreateSymbolicLink(Path("link"), Path("file"));
        Assert.Equal([1], Read(Path("link")));
        Assert.Null(Read(Path("link"), followsLinks: false));
    }

    [Fact]
    public void TryRead_Often_LeavesNoDescriptorOpen()
    {
        File.WriteAllBytes(Path("file"), [1]);
        File.WriteAllBytes(Path("empty"), []);
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 200; i++)
        {
            Read(Path("file"));
            Read(Path("empty"));
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 50);
    }
}
