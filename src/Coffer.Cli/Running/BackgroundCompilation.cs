using System.Diagnostics;
using Coffer.Cli.Settings;
using Coffer.Native;

namespace Coffer.Cli.Running;

/// <summary>
/// Starts another <c>coffer</c> that compiles a module into the cache while the guest runs already, and that does not end
/// with it. It has none of the command's streams and the least priority.
/// </summary>
internal static class BackgroundCompilation
{
    /// <summary>Starts it on another thread; wait for the task before the process ends.</summary>
    public static Task Start(CommandContext context, RunSettings settings, ModuleLoader loader, Module module) => Task.Run(() =>
    {
        if (!loader.IsWorthCompiling(module)) return;
        try
        {
            using var process = Process.Start(Command(context, settings));
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            // The next run is as slow as this one; nothing else is lost.
        }
    });

    private static ProcessStartInfo Command(CommandContext context, RunSettings settings)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = context.Files.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // For the run of one module only: what compiles it is compiled ahead itself.
        start.Environment.Remove(Standalone.LauncherFiles.TiersVariable);
        start.Environment.Remove(Standalone.LauncherFiles.TranslationVariable);
        var self = typeof(BackgroundCompilation).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(self);
        start.ArgumentList.Add(Commands.CompileCommand.Name);
        start.ArgumentList.Add(Commands.CompileCommand.Background);
        Add(start, "--cache", settings.Cache.Folder is { } folder ? context.Files.FullPath(folder) : "auto");
        Add(start, "--memory", settings.Memory.ToString().ToLowerInvariant());
        if (settings.FeatureText is { } features) Add(start, "--features", features);
        if (settings.Fuel is not null) start.ArgumentList.Add("--fuel");
        start.ArgumentList.Add(context.Files.FullPath(settings.File));
        return start;
    }

    private static void Add(ProcessStartInfo start, string option, string value)
    {
        start.ArgumentList.Add(option);
        start.ArgumentList.Add(value);
    }
}
