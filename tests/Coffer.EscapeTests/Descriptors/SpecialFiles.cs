using System.Net;
using System.Net.Sockets;

namespace Coffer.EscapeTests.Descriptors;

/// <summary>What is in a folder besides files, folders and links. It lies within the grant, and is no file that was granted.</summary>
internal static class SpecialFiles
{
    private const uint Pipe = 0x1000 | 0x1B6, CharacterDevice = 0x2000 | 0x1B6, BlockDevice = 0x6000 | 0x1B6;
    private const long Reading = 1 << 1, Writing = 1 << 6;

    /// <summary>A pipe without its other end keeps who opens it waiting, which must not happen here.</summary>
    public static void PipeToRead(Scene scene) => Refuse(scene, Pipe, 0, Reading);

    public static void PipeToWrite(Scene scene) => Refuse(scene, Pipe, 0, Writing);

    public static void Disk(Scene scene) => Refuse(scene, BlockDevice, 7 << 8, Reading);

    public static void Socket(Scene scene)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(scene.Host("granted/special")));
        Refuse(scene.Start(scene.Data()), scene, Reading);
        Refuse(scene.Start(scene.Data()), scene, Reading | Writing);
    }

    /// <summary>A device that never ends: reading it is bounded by the deadline, not by the device.</summary>
    public static void EndlessDevice(Scene scene)
    {
        if (!TryMake(scene, CharacterDevice, (1 << 8) | 5)) return;
        var guest = scene.Start(scene.Data(DirectoryAccess.Read));
        var device = guest.MustOpen("special", rights: Reading);
        guest.Store.SetDeadline(TimeSpan.FromMilliseconds(50));
        scene.Trail.Exhausted(ExhaustionKind.Deadline, () =>
        {
            while (guest.Read(device, out _) == Errno.Success)
            {
            }
        });
    }

    private static void Refuse(Scene scene, uint mode, ulong device, long rights)
    {
        if (!TryMake(scene, mode, device)) return;
        Refuse(scene.Start(scene.Data()), scene, rights);
    }

    private static void Refuse(AbiGuest guest, Scene scene, long rights)
    {
        guest.Store.SetDeadline(TimeSpan.FromSeconds(10));
        Assert.NotEqual(Errno.Success, guest.OpenAt(3, "special", out _, rights: rights));
        Assert.Contains(scene.Trail.Events, audited => audited is { Operation: "path_open", Resource: "/data/special", Outcome.Length: > 0 });
    }

    // Only root makes devices; who is not root has no device to attack, and says so by having been refused one.
    private static bool TryMake(Scene scene, uint mode, ulong device)
    {
        var isMade = HostSystem.MakeNode(scene.Host("granted/special"), mode, device) == 0;
        Assert.True(isMade || (HostSystem.User() != 0 && mode != Pipe), "the host cannot make what is to be attacked");
        if (!isMade) Assert.Empty(scene.Trail.Events);
        return isMade;
    }
}
