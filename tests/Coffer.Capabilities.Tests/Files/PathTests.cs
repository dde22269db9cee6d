using System.Diagnostics;
using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>The forms of paths and names that mean something special.</summary>
public sealed class PathTests
{
    [Theory]
    [InlineData("", (int)Errno.NotFound)]
    [InlineData("a\0b", (int)Errno.Invalid)]
    [InlineData("/a", (int)Errno.Escape)]
    [InlineData("a", (int)Errno.Success)]
    public void TryCopy_Path_IsChecked(string path, int expected)
    {
        Assert.Equal((Errno)expected, GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), NewBuffer(), out _));
    }

    [Fact]
    public void TryCopy_NoUtf8OrTooLong_IsRefused()
    {
        Assert.Equal(Errno.IllegalSequence, GuestPath.TryCopy([0x61, 0xFF], NewBuffer(), out _));
        Assert.Equal(Errno.NameTooLong, GuestPath.TryCopy(NewBuffer(), NewBuffer(), out _));
    }

    [Theory]
    [InlineData("a", "", "a", false)]
    [InlineData("a/", "", "a", true)]
    [InlineData("a//b///", "a/", "b", true)]
    [InlineData("a/b", "a", "b", false)]
    [InlineData("a/..", "a/..", ".", true)]
    [InlineData("..", "..", ".", true)]
    [InlineData("a/./", "a/./", ".", true)]
    public void Split_Path_NeverLeavesDotDotAsAName(string path, string parent, string name, bool mustBeDirectory)
    {
        Assert.Equal(Errno.Success, GuestPath.TryCopy(Encoding.UTF8.GetBytes(path), NewBuffer(), out var guest));

        var split = guest.Split();

        Assert.Equal(parent, Encoding.UTF8.GetString(split.Parent));
        Assert.Equal(name, Encoding.UTF8.GetString(split.Name));
        Assert.Equal(mustBeDirectory, split.MustBeDirectory);
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void TrailingSlash_OnAFile_IsNotADirectory(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        var before = tree.Inside();

        Assert.Equal(Errno.NotDirectory, tree.Open("file/", new OpenRequest { Read = true }, out _));
        Assert.Equal(Errno.NotDirectory, tree.GetStatus("file/", follow: true, out _));
        Assert.Equal(Errno.NotDirectory, tree.Unlink("file/"));
        Assert.Equal(Errno.NotDirectory, tree.Rename("file/", tree.Root, "new"));
        Assert.Equal(Errno.NotDirectory, tree.Rename("file", tree.Root, "new/"));
        Assert.Equal(Errno.IsDirectory, tree.Unlink("sub/"));
        Assert.Equal(before, tree.Inside());
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void TrailingSlash_OnALinkToADirectory_NeverRemovesOrMovesTheTarget(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        tree.Symlink("sub", "link");

        Assert.Equal(Errno.NotDirectory, tree.Unlink("link/"));
        Assert.Equal(Errno.NotDirectory, tree.RemoveDirectory("link/"));
        Assert.Equal(Errno.NotDirectory, tree.Rename("link/", tree.Root, "new"));

        Assert.True(Directory.Exists(tree.HostPath("root/sub/deep")));
        Assert.Equal("sub", new FileInfo(tree.HostPath("root/link")).LinkTarget);
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void Open_Pipe_NeitherWaitsNorSucceeds(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        using (var process = Process.Start("mkfifo", tree.HostPath("root/pipe"))) process.WaitForExit();

        Assert.NotEqual(Errno.Success, tree.Open("pipe", new OpenRequest { Read = true }, out _));
        Assert.NotEqual(Errno.Success, tree.Open("pipe", new OpenRequest { Write = true }, out _));
    }

    [Theory]
    [InlineData("NUL", true)]
    [InlineData("nul.txt", true)]
    [InlineData("COM1", true)]
    [InlineData("com¹.log", true)]
    [InlineData("LPT²", true)]
    [InlineData("CONIN$", true)]
    [InlineData("aux ", true)]
    [InlineData("CON:stream", true)]
    [InlineData("COM", false)]
    [InlineData("COM10", false)]
    [InlineData("console", false)]
    [InlineData("nulls", false)]
    public void IsDevice_NameOnWindows_IsRecognized(string name, bool expected)
    {
        Assert.Equal(expected, PortableName.IsDevice(name));
    }

    private static byte[] NewBuffer() => new byte[GuestPath.Capacity];
}
