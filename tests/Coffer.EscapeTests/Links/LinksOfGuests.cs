using Coffer.EscapeTests.Paths;

namespace Coffer.EscapeTests.Links;

/// <summary>Symbolic links that the guest makes itself.</summary>
internal static class LinksOfGuests
{
    public static void Absolute(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            foreach (var target in new[] { "/", scene.Elsewhere, "/proc/self/root", "//etc" })
            {
                Assert.Equal(Errno.Permission, guest.Symlink(target, GuestCalls.Data, "link"));
                scene.Trail.Denied("path_symlink", "/data/link");
                Assert.Equal(Errno.NotFound, guest.Status(GuestCalls.Data, "link", follow: false));
            }
        }
    }

    /// <summary>A link may lead anywhere as long as nobody goes there.</summary>
    public static void Relative(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Success, guest.Symlink("../outside", GuestCalls.Data, "link"));
            EveryPathFunction.IsDenied(scene, guest, "link/secret");
            Assert.Equal(Errno.Success, guest.At("path_unlink_file", GuestCalls.Data, "link"));
        }
    }

    /// <summary>It leads within the folder where it is made, and out of it where it is moved.</summary>
    public static void Moved(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Success, guest.Symlink("../../outside", GuestCalls.Data, "sub/deep/link"));
            Assert.Equal(Errno.Success, guest.Rename(GuestCalls.Data, "sub/deep/link", GuestCalls.Data, "sub/link"));
            EveryPathFunction.IsDenied(scene, guest, "sub/link/secret");
            Assert.Equal(Errno.Success, guest.At("path_unlink_file", GuestCalls.Data, "sub/link"));
        }
    }

    /// <summary>A target with a NUL would be one thing for a check and another for the system.</summary>
    public static void StrangeTargets(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Invalid, guest.Symlink("file\0/../../outside", GuestCalls.Data, "link"));
            Assert.Equal(Errno.NotFound, guest.Symlink("", GuestCalls.Data, "link"));
            Assert.Equal(Errno.NameTooLong, guest.Symlink(new string('t', 4096), GuestCalls.Data, "link"));
        }

        scene.Trail.Unasked("path_symlink");
    }

    /// <summary>Each link doubles the way: the system gives up long before it is as long as it could be.</summary>
    public static void Exponential(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            Assert.Equal(Errno.Success, guest.Symlink("sub/..", GuestCalls.Data, "l0"));
            for (var i = 1; i < 30; i++) Assert.Equal(Errno.Success, guest.Symlink($"l{i - 1}/l{i - 1}", GuestCalls.Data, $"l{i}"));
            Assert.Equal(Errno.Loop, guest.OpenAt(GuestCalls.Data, "l29/file", out _));
            scene.Trail.Ended("path_open", "/data/l29/file", Errno.Loop);
            for (var i = 0; i < 30; i++) Assert.Equal(Errno.Success, guest.At("path_unlink_file", GuestCalls.Data, $"l{i}"));
        }
    }
}
