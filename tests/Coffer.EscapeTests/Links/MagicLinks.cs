using Coffer.EscapeTests.Paths;

namespace Coffer.EscapeTests.Links;

/// <summary>The links in <c>/proc</c>, which lead to what a process has without regard to any path.</summary>
internal static class MagicLinks
{
    private static readonly DirectoryGrant Processes = new("/proc/self", "/data") { Access = DirectoryAccess.Read };

    public static void RootOfTheProcess(Scene scene)
    {
        var guest = scene.Start(Processes);
        foreach (var path in new[] { "root" + scene.Elsewhere, "root/etc/passwd", "root/", "root/proc/self/environ" })
        {
            Refuse(scene, guest, path);
        }
    }

    public static void FolderOfTheProcess(Scene scene)
    {
        var guest = scene.Start(Processes);
        foreach (var path in new[] { "cwd/", "cwd/..", "cwd/Coffer.EscapeTests.dll", "cwd", "exe" }) Refuse(scene, guest, path);
        Assert.Equal(Errno.Permission, guest.ReadLink(GuestCalls.Data, "cwd"));
        scene.Trail.Denied("path_readlink", "/data/cwd");
        Assert.Equal(Errno.Permission, guest.ReadLink(GuestCalls.Data, "exe"));
    }

    /// <summary>The descriptors of the process itself: the secret is open in one of them.</summary>
    public static void DescriptorsOfTheProcess(Scene scene)
    {
        var secret = scene.Own(File.OpenRead(scene.Host("outside/secret")));
        var number = secret.SafeFileHandle.DangerousGetHandle();
        var guest = scene.Start(Processes);
        foreach (var path in new[] { $"fd/{number}", $"task/{Environment.ProcessId}/fd/{number}" })
        {
            Refuse(scene, guest, path);
            Assert.Equal(Errno.Permission, guest.ReadLink(GuestCalls.Data, path));
        }

        for (var i = 0; i < 300; i++)
        {
            Assert.NotEqual(Errno.Success, guest.OpenAt(GuestCalls.Data, $"fd/{i}", out _, rights: 1 << 1));
        }
    }

    public static void OtherThreads(Scene scene)
    {
        var guest = scene.Start(Processes);
        Refuse(scene, guest, $"task/{Environment.ProcessId}/root/etc/passwd");
        Refuse(scene, guest, $"task/{Environment.ProcessId}/cwd/");
        Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, "../1/root/etc/passwd", out _, rights: 1 << 1));
        scene.Trail.Denied("path_open", "/data/../1/root/etc/passwd");
    }

    /// <summary>A link to them in a folder that has nothing to do with processes.</summary>
    public static void LinkedFromAFolder(Scene scene)
    {
        scene.Link("granted/self", "/proc/self");
        scene.Link("granted/root", "/proc/self/root");
        scene.Link("granted/cwd", "/proc/self/cwd");
        foreach (var guest in scene.EachSource())
        {
            foreach (var path in new[] { "self/environ", "self/root/etc/passwd", "root/etc/passwd", "cwd/file" })
            {
                EveryPathFunction.IsDenied(scene, guest, path);
            }
        }
    }

    /// <summary>What is under the granted folder of the system says nothing of the host by its own path.</summary>
    public static void MappedFiles(Scene scene)
    {
        var guest = scene.Start(Processes);
        var mapped = Path.GetFileName(Directory.EnumerateFileSystemEntries("/proc/self/map_files").First());
        var path = $"map_files/{mapped}";
        if (HostSystem.User() == 0)
        {
            Refuse(scene, guest, path);
            return;
        }

        // For all but root the system itself refuses to follow these.
        Assert.Equal(Errno.Permission, guest.OpenAt(GuestCalls.Data, path, out _, rights: 1 << 1));
        scene.Trail.Ended("path_open", $"/data/{path}", Errno.Permission);
    }

    private static void Refuse(Scene scene, AbiGuest guest, string path)
    {
        Assert.Equal((path, Errno.Permission), (path, guest.OpenAt(GuestCalls.Data, path, out _, rights: 1 << 1)));
        scene.Trail.Denied("path_open", $"/data/{path}");
        Assert.Equal(Errno.Permission, guest.Status(GuestCalls.Data, path, follow: true));
        scene.Trail.Denied("path_filestat_get", $"/data/{path}");
    }
}
