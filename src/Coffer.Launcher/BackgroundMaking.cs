using Coffer.Cli.Standalone;

namespace Coffer.Launcher;

/// <summary>Starts the command once more, to make an executable while nobody waits.</summary>
internal static class BackgroundMaking
{
    /// <summary>Starts it; when that is not possible, a later run tries again.</summary>
    public static void Start(CachedModule module)
    {
        var command = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Command);
        _ = ChildProgram.Background(command, "compile", "--executable", "--background", "--cache", module.Folder, module.File).Start();
    }
}
