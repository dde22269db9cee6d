namespace Coffer.EscapeTests.Paths;

/// <summary>What other systems or decoders would take for a way out is a name like any other here, and not there.</summary>
internal static class Spellings
{
    public static void Backslashes(Scene scene) =>
        AreNames(scene, "..\\outside\\secret", "..\\..\\secret", "\\outside\\secret", "sub\\..\\..\\secret", "C:\\secret");

    public static void Encoded(Scene scene) =>
        AreNames(scene, "%2e%2e", "..%2foutside%2fsecret", "%2e%2e%2fsecret", "..%00", "..%c0%af");

    /// <summary>Characters that look like dots and slashes, or become them when a text is normalized.</summary>
    public static void LookAlikes(Scene scene) =>
        AreNames(scene, "\u2025", "\uff0e\uff0e", "..\u2215outside", "..\uff0fsecret", "\u2024\u2024", ".\u200b.");

    public static void Expansions(Scene scene) =>
        AreNames(scene, "~", "~root", "$HOME", "${PWD}", "`pwd`", "*", "fil?", "{file,secret}", "...", ".. ", " ..", "..\n");

    public static void OtherCase(Scene scene) => AreNames(scene, "FILE", "File", "SUB");

    /// <summary>Devices and streams of Windows, where this runs elsewhere.</summary>
    public static void WindowsDevices(Scene scene) => AreNames(
        scene, "CON", "NUL", "nul.txt", "COM1", "COM\u00b9", "LPT\u00b3.x", "CONIN$", "AUX ", "PRN.", "file:stream", "file::$DATA",
        "C:file", "\\\\.\\PhysicalDrive0", "\\??\\C:", "FILE~1");

    private static void AreNames(Scene scene, params string[] names)
    {
        foreach (var guest in scene.EachSource())
        {
            foreach (var name in names)
            {
                Assert.Equal((name, Errno.NotFound), (name, guest.OpenAt(GuestCalls.Data, name, out _)));
                scene.Trail.Ended("path_open", $"/data/{name}", Errno.NotFound);
                Assert.Equal(Errno.NotFound, guest.Status(GuestCalls.Data, name, follow: true));
                Assert.Equal(Errno.NotFound, guest.At("path_unlink_file", GuestCalls.Data, name));
            }
        }
    }
}
