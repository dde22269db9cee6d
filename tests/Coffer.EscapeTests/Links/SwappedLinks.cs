using System.Diagnostics;

namespace Coffer.EscapeTests.Links;

/// <summary>
/// Somebody on the host lets a harmless name and a link to outside change places, again and again, while the guest uses
/// the name: a check and a use that were two would sooner or later be on both sides of a swap. A fixed number of rounds
/// each; what may be made or lost in the harmless folder does not count, only what is outside.
/// </summary>
internal static class SwappedLinks
{
    private const int Rounds = 600;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private const long Reading = 1 << 1, Writing = 1 << 6;

    public static void FolderOpen(Scene scene) => Folder(scene, guest => ReadSecret(guest, "name/secret"));

    public static void FolderOpenToWrite(Scene scene) => Folder(scene, guest => OpenToWrite(guest, "name/secret"));

    public static void FolderOpenToCreate(Scene scene) => Folder(scene, guest =>
    {
        if (guest.OpenAt(GuestCalls.Data, "name/new", out var number, GuestCalls.Create, Writing) == Errno.Success) guest.Call("fd_close", number);
    });

    public static void FolderStatus(Scene scene) => Folder(scene, guest => StatusShowsNoSecret(guest, "name/secret"));

    public static void FolderReadLink(Scene scene)
    {
        scene.Link("outside/link", Scene.Canary);
        Folder(scene, guest => guest.ReadLink(GuestCalls.Data, "name/link"));
    }

    public static void FolderUnlink(Scene scene) => Folder(scene, guest =>
    {
        guest.At("path_unlink_file", GuestCalls.Data, "name/secret");
        guest.At("path_remove_directory", GuestCalls.Data, "name/folder");
    });

    public static void FolderRenameFrom(Scene scene) =>
        Folder(scene, guest => guest.Rename(GuestCalls.Data, "name/secret", GuestCalls.Data, "name/secret2"));

    public static void FolderRenameTo(Scene scene) => Folder(scene, guest =>
    {
        guest.OpenAt(GuestCalls.Data, "mine", out var number, GuestCalls.Create, Writing);
        guest.Call("fd_close", number);
        guest.Rename(GuestCalls.Data, "mine", GuestCalls.Data, "name/secret");
    });

    public static void FolderHardLink(Scene scene) => Folder(scene, guest =>
    {
        guest.HardLink(GuestCalls.Data, "name/secret", GuestCalls.Data, "stolen");
        guest.HardLink(GuestCalls.Data, "file", GuestCalls.Data, "name/new");
        guest.At("path_unlink_file", GuestCalls.Data, "stolen");
        guest.At("path_unlink_file", GuestCalls.Data, "name/new");
    });

    public static void FolderCreateDirectory(Scene scene) => Folder(scene, guest =>
    {
        guest.At("path_create_directory", GuestCalls.Data, "name/new");
        guest.At("path_remove_directory", GuestCalls.Data, "name/new");
    });

    public static void FolderSymlink(Scene scene) => Folder(scene, guest =>
    {
        guest.Symlink("file", GuestCalls.Data, "name/new");
        guest.At("path_unlink_file", GuestCalls.Data, "name/new");
    });

    public static void FolderSetTimes(Scene scene) => Folder(scene, guest => guest.SetTimes(GuestCalls.Data, "name/secret", follow: true));

    public static void FolderThenClimb(Scene scene) => Folder(scene, guest => ReadSecret(guest, "name/folder/../../secret"));

    public static void FileOpen(Scene scene) => SwapFile(scene, guest => ReadSecret(guest, "name"));

    public static void FileOpenToWrite(Scene scene) => SwapFile(scene, guest => OpenToWrite(guest, "name"));

    public static void FileStatus(Scene scene) => SwapFile(scene, guest => StatusShowsNoSecret(guest, "name"));

    public static void FileSetTimes(Scene scene) => SwapFile(scene, guest => guest.SetTimes(GuestCalls.Data, "name", follow: true));

    public static void FileTrailingSlash(Scene scene) => SwapFile(scene, guest =>
    {
        guest.At("path_unlink_file", GuestCalls.Data, "name/");
        guest.Rename(GuestCalls.Data, "name/", GuestCalls.Data, "moved");
        guest.OpenAt(GuestCalls.Data, "name/", out _, rights: Reading);
    });

    /// <summary>An overlay looks at its base name by name, and the base is swapped below it.</summary>
    public static void OfAnOverlay(Scene scene)
    {
        Prepare(scene);
        Race(scene, scene.Start(scene.Data(source: DirectorySource.Overlay)), guest =>
        {
            ReadSecret(guest, "name/secret");
            StatusShowsNoSecret(guest, "name/folder/inner");
        });
    }

    private static void ReadSecret(AbiGuest guest, string path)
    {
        if (guest.OpenAt(GuestCalls.Data, path, out var number, rights: Reading) != Errno.Success) return;
        Assert.Equal(Errno.Success, guest.Read(number, out var text));
        Assert.NotEqual(Scene.Canary, text);
        guest.Call("fd_close", number);
    }

    private static void OpenToWrite(AbiGuest guest, string path)
    {
        if (guest.OpenAt(GuestCalls.Data, path, out var number, GuestCalls.Truncate, Writing) != Errno.Success) return;
        guest.Write(number, "overwritten");
        guest.Call("fd_close", number);
    }

    // The secret is longer than anything inside.
    private static void StatusShowsNoSecret(AbiGuest guest, string path)
    {
        if (guest.Status(GuestCalls.Data, path, follow: true) != Errno.Success) return;
        Assert.NotEqual((ulong)Scene.Canary.Length, guest.Memory.Read<ulong>(1032));
    }

    private static void Folder(Scene scene, Action<AbiGuest> attempt)
    {
        Prepare(scene);
        Race(scene, scene.Start(scene.Data()), attempt);
    }

    private static void SwapFile(Scene scene, Action<AbiGuest> attempt)
    {
        scene.Put("granted/name", "harmless");
        scene.Link("granted/other", "../outside/secret");
        Race(scene, scene.Start(scene.Data()), attempt);
    }

    private static void Prepare(Scene scene)
    {
        scene.Put("granted/name/secret", "harmless");
        scene.Put("granted/name/folder/inner", "harmless");
        scene.Link("granted/other", "../outside");
        scene.Remember();
    }

    // One side goes on until the other has done its rounds, and has met the link; on a machine that is busy, and where a
    // name that was found once is not looked at again, it may not.
    private static void Race(Scene scene, AbiGuest guest, Action<AbiGuest> attempt)
    {
        var (first, second) = (scene.Host("granted/name"), scene.Host("granted/other"));
        var stop = false;
        var attacker = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) HostSystem.Swap(first, second);
        });
        attacker.Start();
        var watch = Stopwatch.StartNew();
        try
        {
            for (var round = 0; round < Rounds || (!HasMetTheLink() && watch.Elapsed < LongestWait); round++) attempt(guest);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            attacker.Join();
        }

        Assert.Equal(0, scene.Trail.Audit.Dropped);
        Assert.All(scene.Trail.Events.Where(audited => !audited.Allowed), audited =>
            Assert.Contains("leads out", audited.Reason, StringComparison.Ordinal));

        bool HasMetTheLink() => scene.Trail.Events.Any(audited => !audited.Allowed);
    }
}
