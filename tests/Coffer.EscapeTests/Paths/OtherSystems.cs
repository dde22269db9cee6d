using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Tests.Files;

namespace Coffer.EscapeTests.Paths;

/// <summary>A host that runs Windows, as a simulation: its devices, streams, short names, and links, which are never opened.</summary>
internal static class OtherSystems
{
    public static void Devices(Scene scene) => AreNeverOpened(
        scene, "CON", "nul", "NUL.txt", "nul .txt", "COM1", "com9.log", "COM\u00b9", "LPT\u00b3.x", "CONIN$", "conout$", "AUX ", "PRN.");

    public static void Streams(Scene scene) =>
        AreNeverOpened(scene, "file:stream", "file::$DATA", "sub:$I30:$INDEX_ALLOCATION", "C:file", "C:\\outside\\secret");

    public static void Backslashes(Scene scene) => AreNeverOpened(
        scene, "..\\outside\\secret", "sub\\..\\..\\outside\\secret", "sub/..\\..\\outside\\secret", "\\outside\\secret",
        "\\\\server\\share\\x", "\\\\?\\C:\\outside\\secret", "\\\\.\\PhysicalDrive0", "\\??\\C:\\outside");

    public static void OtherSpellings(Scene scene) =>
        AreNeverOpened(scene, "file.", "file ", "file. .", "sub./file", "sub /file", "...", ".. ", ".. /outside", "LONGNA~1.TXT", "fi*", "fil?", "fi<le");

    public static void Links(Scene scene) => AreNeverOpened(scene, "junction/secret", "junction/", "sub/back/outside/secret");

    private static void AreNeverOpened(Scene scene, params string[] paths)
    {
        var windows = new SimulatedSystem(windows: true);
        windows.AddFolder(@"C:\outside");
        windows.AddFile(@"C:\outside\secret", Scene.Canary);
        windows.AddFolder(SimulatedSystem.Root);
        windows.AddFile(SimulatedSystem.Root + @"\file", "content");
        windows.AddFile(SimulatedSystem.Root + @"\long name.txt", "long", "LONGNA~1.TXT");
        windows.AddFolder(SimulatedSystem.Root + @"\sub");
        windows.AddLink(SimulatedSystem.Root + @"\sub\back", "C:");
        windows.AddLink(SimulatedSystem.Root + @"\junction", @"C:\outside");
        var grant = new DirectoryGrant(SimulatedSystem.Root, "/data");
        var root = new PortableDirectory(windows, SimulatedSystem.Root, [], DirectoryAccess.All, null);
        var guest = scene.Start(new AbiGuest(new WasiHost(scene.Options(grant), [new GrantedDirectory("/data", root, grant)])));
        foreach (var path in paths)
        {
            Fails("path_open", guest.OpenAt(3, path, out _, GuestCalls.Create));
            Fails("path_filestat_get", guest.Status(3, path, follow: true));
            Fails("path_unlink_file", guest.At("path_unlink_file", 3, path));
            Fails("path_create_directory", guest.At("path_create_directory", 3, path));
            Fails("path_rename", guest.Rename(3, path, 3, "stolen"));

            void Fails(string operation, Errno error)
            {
                Assert.True(error is Errno.NotFound or Errno.Invalid or Errno.Loop or Errno.NotDirectory or Errno.Exists, $"{operation} {path}: {error}");
                scene.Trail.Ended(operation, $"/data/{path}", error);
            }
        }

        Assert.DoesNotContain(windows.Touched, what => !what.StartsWith("list ", StringComparison.Ordinal));
    }
}
