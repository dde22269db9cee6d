using System.Diagnostics;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>Ways out of a granted directory, all of which must be closed, however paths are resolved.</summary>
public sealed class EscapeTests
{
    private static readonly OpenRequest Reading = new() { Read = true, FollowFinal = true };

    private static readonly OpenRequest Creating =
        new() { Write = true, Create = true, Truncate = true, FollowFinal = true };

    [Theory]
    [EachWay("..")]
    [EachWay("../secret")]
    [EachWay("../outside/secret")]
    [EachWay("sub/../../secret")]
    [EachWay("sub/../..")]
    [EachWay("sub/deep/../../../secret")]
    [EachWay("./..")]
    [EachWay("../root/file")]
    [EachWay("/")]
    [EachWay("/etc/passwd")]
    [EachWay("//etc/passwd")]
    public void AnyOperation_PathAboveTheRoot_IsNotPermitted(Resolution resolution, string path)
    {
        using var tree = new Tree(resolution);
        var before = tree.Outside();

        Assert.Equal(Errno.Escape, tree.Open(path, Reading, out _));
        Assert.Equal(Errno.Escape, tree.Open(path, Reading with { FollowFinal = false }, out _));
        Assert.Equal(Errno.Escape, tree.Open(path, Creating, out _));
        Assert.Equal(Errno.Escape, tree.GetStatus(path, follow: true, out _));
        Assert.Equal(Errno.Escape, tree.GetStatus(path, follow: false, out _));
        Assert.Equal(Errno.Escape, tree.SetTimes(path, follow: false));
        Assert.Equal(Errno.Escape, tree.CreateDirectory(path));
        Assert.Equal(Errno.Escape, tree.RemoveDirectory(path));
        Assert.Equal(Errno.Escape, tree.Unlink(path));
        Assert.Equal(before, tree.Outside());
    }

    [Theory]
    [EachWay("link")]
    [EachWay("link/")]
    [EachWay("link/secret")]
    [EachWay("link/folder")]
    [EachWay("link/folder/")]
    [EachWay("link/folder/..")]
    [EachWay("link/.")]
    [EachWay("link/new")]
    [EachWay("sub/../link/secret")]
    [EachWay("chain/secret")]
    public void AnyOperation_ThroughALinkToOutside_ChangesAndShowsNothing(Resolution resolution, string path)
    {
        foreach (var absolute in new[] { true, false })
        {
            using var tree = new Tree(resolution);
            tree.Link("link", absolute ? tree.HostPath("outside") : "../outside");
            tree.Link("chain", "sub/../link");
            var before = tree.Outside();

            Assert.NotEqual(Errno.Success, tree.Open(path, Reading, out _));
            Assert.NotEqual(Errno.Success, tree.Open(path, Reading with { Directory = true }, out _));
            Assert.NotEqual(Errno.Success, tree.Open(path, Reading with { FollowFinal = false }, out _));
            Assert.NotEqual(Errno.Success, tree.Open(path, Creating, out _));
            Assert.NotEqual(Errno.Success, tree.GetStatus(path, follow: true, out _));
            Assert.NotEqual(Errno.Success, tree.SetTimes(path, follow: true));
            Assert.NotEqual(Errno.Success, tree.CreateDirectory(path));
            Assert.NotEqual(Errno.Success, tree.RemoveDirectory(path));
            Assert.NotEqual(Errno.Success, tree.Symlink("x", path));
            Assert.NotEqual(Errno.Success, tree.HardLink("file", tree.Root, path));
            if (path != "link")
            {
                Assert.NotEqual(Errno.Success, tree.Rename(path, tree.Root, "stolen"));
                Assert.NotEqual(Errno.Success, tree.Rename("file", tree.Root, path));
                Assert.NotEqual(Errno.Success, tree.Unlink(path));
            }

            Assert.Equal(before, tree.Outside());
        }
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void Open_LinkThatStaysInside_IsFollowed(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        Assert.Equal(Errno.Success, tree.Symlink("../sub", "sub/self"));
        Assert.Equal(Errno.Success, tree.Symlink("sub/self/file", "link"));

        Assert.Equal(Errno.Success, tree.Open("link", Reading, out var content));

        Assert.Equal("inside sub", content);
        Assert.Equal(Errno.Loop, tree.Open("link", Reading with { FollowFinal = false }, out _));
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void Open_LinksInACircle_EndsWithLoop(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        tree.Symlink("b", "a");
        tree.Symlink("a", "b");

        Assert.Equal(Errno.Loop, tree.Open("a", Reading, out _));
        Assert.Equal(Errno.Loop, tree.Open("a/x", Reading, out _));
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    [InlineData(Resolution.Portable)]
    public void CreateSymbolicLink_AbsoluteTarget_IsRefused(Resolution resolution)
    {
        using var tree = new Tree(resolution);

        Assert.Equal(Errno.Escape, tree.Symlink("/etc", "link"));

        Assert.False(Path.Exists(tree.HostPath("root/link")));
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void Open_WhileADirectoryIsSwappedForALink_NeverShowsTheOutside(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        var (real, link) = (tree.HostPath("root/real"), tree.HostPath("root/link"));
        var name = tree.HostPath("root/swapped");
        Directory.CreateDirectory(real);
        File.WriteAllText(Path.Combine(real, "secret"), "harmless");
        Directory.CreateSymbolicLink(link, "../outside");
        Race(
            () =>
            {
                Directory.Move(real, name);
                Directory.Move(name, real);
                Directory.Move(link, name);
                Directory.Move(name, link);
            },
            () =>
            {
                var error = tree.Open("swapped/secret", Reading, out var content);
                Assert.NotEqual(Tree.Secret, content);
                return error == Errno.Success;
            });
    }

    [Theory]
    [InlineData(Resolution.Kernel)]
    [InlineData(Resolution.Walk)]
    public void Open_WhileADirectoryIsMovedOutside_NeverClimbsOut(Resolution resolution)
    {
        using var tree = new Tree(resolution);
        var (inside, outside) = (tree.HostPath("root/sub/deep"), tree.HostPath("outside/deep"));
        File.WriteAllText(tree.HostPath("root/secret"), "harmless");
        Race(
            () =>
            {
                Directory.Move(inside, outside);
                Directory.Move(outside, inside);
            },
            () =>
            {
                // Were ".." looked up where the directory is now, this would be the secret beside the root.
                var error = tree.Open("sub/deep/../../secret", Reading, out var content);
                Assert.NotEqual(Tree.Secret, content);
                return error == Errno.Success;
            });
    }

    // Until it was run: on a machine that is busy one of the two may not get a turn for long.
    private static void Race(Action attacker, Func<bool> victim)
    {
        using var stop = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            while (!stop.IsCancellationRequested) attacker();
        });
        thread.Start();
        var watch = Stopwatch.StartNew();
        var found = 0;
        try
        {
            while (watch.ElapsedMilliseconds < 700 || (found == 0 && watch.ElapsedMilliseconds < 60_000))
            {
                if (victim()) found++;
            }
        }
        finally
        {
            stop.Cancel();
            thread.Join();
        }

        Assert.True(found > 0, "the race was never run");
    }
}
