namespace Coffer.EscapeTests.Paths;

/// <summary>Paths that climb above the directory they start from.</summary>
internal static class DotDotWalks
{
    public static void Plain(Scene scene) => Climb(scene, "../outside/secret");

    public static void InTheMiddle(Scene scene) => Climb(scene, "sub/../../outside/secret");

    /// <summary>Out and in again: even for a moment is outside.</summary>
    public static void BrieflyAbove(Scene scene) => Climb(scene, "../granted/file");

    public static void FromFarBelow(Scene scene) => Climb(scene, "sub/deep/../../../outside/secret");

    public static void ManySlashes(Scene scene) => Climb(scene, "..///////outside//secret");

    public static void Dots(Scene scene) => Climb(scene, "./.././outside/./secret");

    public static void Only(Scene scene) => Climb(scene, "..");

    public static void TrailingSlash(Scene scene) => Climb(scene, "../");

    /// <summary>To a name that is not there: nothing may tell so.</summary>
    public static void ToNothing(Scene scene) => Climb(scene, "../outside/new");

    public static void Repeated(Scene scene) => Climb(scene, string.Concat(Enumerable.Repeat("../", 1000)) + "etc/passwd");

    /// <summary>The link leads within the folder; climbing goes on from where it leads.</summary>
    public static void AfterLink(Scene scene)
    {
        scene.Link("granted/link", "sub/deep");
        Climb(scene, "link/../../../outside/secret");
    }

    public static void AfterFile(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            EveryPathFunction.Fails(scene, guest, "file/../../outside/secret", Errno.NotDirectory);
        }
    }

    /// <summary>A component that is missing is not taken away by the one behind it.</summary>
    public static void AfterNothing(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            EveryPathFunction.Fails(scene, guest, "missing/../../outside/secret", Errno.NotFound);
        }
    }

    /// <summary>A directory that was opened is a root of its own, even though the guest may use what is above.</summary>
    public static void FromOpenedFolder(Scene scene)
    {
        foreach (var guest in scene.EachSource())
        {
            var folder = guest.MustOpen("sub", GuestCalls.Folder);
            EveryPathFunction.IsDenied(scene, guest, "../file", "/data/sub/../file", folder);
            EveryPathFunction.IsDenied(scene, guest, "deep/../../../outside/secret", "/data/sub/deep/../../../outside/secret", folder);
        }
    }

    private static void Climb(Scene scene, string path)
    {
        foreach (var guest in scene.EachSource()) EveryPathFunction.IsDenied(scene, guest, path);
    }
}
