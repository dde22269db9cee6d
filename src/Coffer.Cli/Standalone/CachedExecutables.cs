using Coffer.Cli.Inspection;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Native;
using Coffer.Native.Artifacts;

namespace Coffer.Cli.Standalone;

/// <summary>Makes the executables in the cache that plain runs start as, where the command has a launcher.</summary>
internal sealed class CachedExecutables(CommandContext context, CacheChoice choice)
{
    // One at a time: each takes hundreds of megabytes.
    private const string Turn = "executable";

    // What nobody waits for has the least share of the machine; the lock is held no longer than locks are respected.
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(14), MostToolTime = TimeSpan.FromMinutes(6);

    /// <summary>Makes that of a module.</summary>
    /// <exception cref="CommandFailure">There cannot be one.</exception>
    public void Make(string file)
    {
        if (Read(file, out var bytes) is not { } description) throw NoLauncher();
        Make(Open(), file, bytes, description);
    }

    /// <summary>Makes that of a module unless another process makes one; a failure is remembered for a day.</summary>
    public void MakeInBackground(string file)
    {
        using var work = new BackgroundWork(MostTime);
        if (Read(file, out var bytes) is not { } description) return;
        var cache = Open();
        if (cache.HasFailed(description) || cache.HasExecutable(description)) return;
        cache.TryExclusively(Turn, () =>
        {
            try
            {
                Make(cache, file, bytes, description);
            }
            catch (Exception e) when (e is CommandFailure or NativeCompilationException or IOException or ExhaustionException)
            {
                cache.MarkFailed(description, e.Message);
            }
        });
    }

    /// <summary>What the launcher beside this command would look for; null when there is none, or one of another build.</summary>
    private ArtifactDescription? Read(string file, out byte[] bytes)
    {
        bytes = context.Files.ReadAll(file);
        var identity = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Identity);
        if (!context.Files.IsFile(identity)) return null;
        var here = CommandIdentity.Here(context).For(bytes);
        return ArtifactDescription.Read(context.Files.ReadAll(identity))?.For(bytes).Key == here.Key ? here : null;
    }

    private static CommandFailure NoLauncher() => new(
        ExitCode.InputOutput, "no executable of the cache would be used: there is no launcher that belongs to this command",
        "coffer has one where it was built for Release on Linux on x86-64 with gcc or clang; build it anew after an update of .NET");

    private ModuleCache Open() => choice.Use == CacheUse.Off
        ? throw CommandFailure.Usage("there is no cache for an executable: it is off", $"use another: --cache auto; {CacheChoice.Variable} says it for all commands")
        : new ModuleCache(choice.ToOptions(context));

    private void Make(ModuleCache cache, string file, byte[] bytes, ArtifactDescription description)
    {
        if (OperatingSystem.IsWindows()) throw NoLauncher();
        if (!ModuleSource.IsBinary(bytes)) throw CommandFailure.Usage($"{file} is not in the binary format", "translate it: coffer parse FILE -o FILE.wasm");
        if (bytes.Length > LauncherFiles.MostModuleBytes)
        {
            throw new CommandFailure(ExitCode.Exhausted, $"{file} has {bytes.Length} bytes; the cache has executables of at most {LauncherFiles.MostModuleBytes}");
        }

        var settings = PlainRun.Of(context, [RunLine.Verb, file])
            ?? throw CommandFailure.Usage($"\"{file}\" looks like an option", "write it as a path: ./FILE");
        var engine = new Engine(settings.ToEngineOptions());
        var compiler = new ExecutableCompiler(engine) { Work = cache.FullPath, TimeLimit = MostToolTime };
        if (compiler.Refusal() is { } refusal) throw new CommandFailure(ExitCode.InputOutput, refusal.Reason, refusal.Remedy);
        var program = ModuleSource.NameErrors(file, () =>
        {
            var module = Module.Compile(engine, bytes, Path.GetFileName(file));
            new GuestRun(context, settings, static _ => throw new System.Diagnostics.UnreachableException()).CheckEntry(module);
            WasiGrants.RequireAllOffered(file, module);
            if (FeatureScan.HasTailCalls(module.Definition))
            {
                throw new CommandFailure(ExitCode.Failed, $"{file} has tail calls, which in an executable may need stack: it would not do the same");
            }

            return compiler.Compile(bytes, Path.GetFileName(file), StandaloneProgram.PlainEntry, "", context.Cancellation);
        });
        cache.AddExecutable(program, description);
    }
}
