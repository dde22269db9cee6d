using Coffer.EscapeTests.Paths;

namespace Coffer.EscapeTests.Links;

/// <summary>Symbolic links that the host has in the folder, and that lead out of it.</summary>
internal static class LinksToOutside
{
    public static void Relative(Scene scene) => Through(scene, "../outside");

    public static void Absolute(Scene scene) => Through(scene, scene.Host("outside"));

    public static void ToTheRootOfTheHost(Scene scene) => Through(scene, "/");

    public static void BrieflyOutside(Scene scene) => Through(scene, "../granted/sub");

    public static void Chained(Scene scene)
    {
        scene.Link("granted/sub/first", "../second");
        scene.Link("granted/second", "sub/deep/third");
        scene.Link("granted/sub/deep/third", "../../../outside");
        foreach (var guest in scene.EachSource()) EveryPathFunction.IsDenied(scene, guest, "sub/first/secret");
    }

    /// <summary>The link is what the path names, and is followed.</summary>
    public static void ToAFile(Scene scene)
    {
        scene.Link("granted/link", "../outside/secret");
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "link", out _, rights: 1 << 1));
            scene.Trail.Denied("path_open", "/data/link");
            Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "link", out _, GuestCalls.Truncate, 1 << 6));
            scene.Trail.Denied("path_open", "/data/link");
            Assert.Equal(Errno.Permission, guest.Status(GuestCalls.Data, "link", follow: true));
            scene.Trail.Denied("path_filestat_get", "/data/link");
            Assert.Equal(Errno.Permission, guest.SetTimes(GuestCalls.Data, "link", follow: true));
            scene.Trail.Denied("path_filestat_set_times", "/data/link");
        }
    }

    /// <summary>Not followed it is a link, and nothing that could be read.</summary>
    public static void NotFollowed(Scene scene)
    {
        scene.Link("granted/link", "../outside/secret");
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Loop, guest.OpenAt(GuestCalls.Data, "link", out _, rights: 1 << 1, lookup: 0));
            scene.Trail.Ended("path_open", "/data/link", Errno.Loop);
            Assert.Equal(Errno.Success, guest.Status(GuestCalls.Data, "link", follow: false));
            Assert.Equal([(byte)FileType.SymbolicLink], guest.Memory.ReadBytes(1016, 1));
        }
    }

    /// <summary>What is not there outside must not be made through the link.</summary>
    public static void Dangling(Scene scene)
    {
        scene.Link("granted/link", "../outside/new");
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "link", out _, GuestCalls.Create, 1 << 6));
            scene.Trail.Denied("path_open", "/data/link");
            Assert.Equal(Errno.Exists, guest.OpenAt(GuestCalls.Data, "link", out _, GuestCalls.Create | GuestCalls.Exclusive, 1 << 6));
            scene.Trail.Ended("path_open", "/data/link", Errno.Exists);
            Assert.Equal(Errno.Exists, guest.At("path_create_directory", GuestCalls.Data, "link"));
            scene.Trail.Ended("path_create_directory", "/data/link", Errno.Exists);
        }
    }

    public static void Loops(Scene scene)
    {
        scene.Link("granted/self", "self");
        scene.Link("granted/a", "b");
        scene.Link("granted/b", "sub/../a");
        for (var i = 0; i < 50; i++) scene.Link($"granted/chain{i}", $"chain{i + 1}");
        foreach (var guest in scene.EachSource())
        {
            foreach (var path in new[] { "self", "a", "a/x", "chain0", "self/../../outside/secret" })
            {
                Assert.Equal((path, Errno.Loop), (path, guest.OpenAt(GuestCalls.Data, path, out _)));
                scene.Trail.Ended("path_open", $"/data/{path}", Errno.Loop);
                Assert.Equal(Errno.Loop, guest.Status(GuestCalls.Data, path, follow: true));
            }
        }
    }

    /// <summary>Where an absolute link leads is a name of the host.</summary>
    public static void ReadAbsolute(Scene scene)
    {
        scene.Link("granted/link", scene.Host("outside/secret"));
        scene.Link("granted/relative", "../outside/secret");
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Permission, guest.ReadLink(GuestCalls.Data, "link"));
            scene.Trail.Denied("path_readlink", "/data/link");
            Assert.Equal(Errno.Permission, guest.ReadLink(GuestCalls.Data, "link", room: 1));
            Assert.Equal([AbiGuest.Canary], guest.Memory.ReadBytes(16_000, 1));
            Assert.Equal(Errno.Success, guest.ReadLink(GuestCalls.Data, "relative"));
        }
    }

    private static void Through(Scene scene, string target)
    {
        scene.Link("granted/link", target);
        foreach (var guest in scene.EachSource())
        {
            EveryPathFunction.IsDenied(scene, guest, "link/secret");
            EveryPathFunction.IsDenied(scene, guest, "sub/../link/folder/inner");
        }
    }
}
