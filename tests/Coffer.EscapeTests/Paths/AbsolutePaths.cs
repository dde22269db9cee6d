namespace Coffer.EscapeTests.Paths;

/// <summary>Paths that begin at a root. The trail has them as they are: they start at no directory.</summary>
internal static class AbsolutePaths
{
    public static void OfTheHost(Scene scene) => Refuse(scene, scene.Elsewhere);

    public static void ManySlashes(Scene scene) => Refuse(scene, "//" + scene.Elsewhere);

    public static void Root(Scene scene) => Refuse(scene, "/");

    /// <summary>Even what the guest has is not reached by an absolute path: libraries of guests make it relative.</summary>
    public static void OfTheGrant(Scene scene) => Refuse(scene, "/data/file");

    public static void OfProcesses(Scene scene) => Refuse(scene, "/proc/self/environ");

    private static void Refuse(Scene scene, string path)
    {
        foreach (var guest in scene.EachSource()) EveryPathFunction.IsDenied(scene, guest, path, path);
    }
}
