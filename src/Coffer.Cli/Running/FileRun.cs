using Coffer.Cli.Settings;
using Coffer.Native;

namespace Coffer.Cli.Running;

/// <summary>One run of a module in a file, compiled now or taken from the cache of machine code.</summary>
internal sealed class FileRun(CommandContext context, RunSettings settings)
{
    // Null when there is to be no native code.
    private ModuleLoader? loader;

    private readonly Engine engine = new(settings.ToEngineOptions() with { Tiered = context.HasTiers && settings.Cache.Use != CacheUse.Wait });

    /// <summary>Runs the guest.</summary>
    /// <returns>The guest's exit code.</returns>
    public int Run()
    {
        var translation = TranslationAhead.Of(context);
        var module = translation is null ? Load(settings.File) : LoadTranslated(translation);
        var run = new GuestRun(context, settings, Load);
        run.CheckEntry(module);
        if (settings.Prepare) module.Prepare(cancellationToken: context.Cancellation);
        translation?.Forget();
        using var ahead = PreparationAhead.Start(module, run.EntryFunctions(module));
        var compilation = settings.Cache.Use == CacheUse.Auto && !module.IsNative
            ? BackgroundCompilation.Start(context, settings, loader!, module)
            : Task.CompletedTask;
        try
        {
            return run.Run(module);
        }
        finally
        {
            compilation.Wait();
        }
    }

    /// <inheritdoc cref="GuestRun.Snapshot"/>
    public byte[] Snapshot(IReadOnlyList<string> names) => new GuestRun(context, settings, Load).Snapshot(names);

    private Module Load(string file) => settings.Cache.Use == CacheUse.Off
        ? ModuleSource.Compile(context, engine, file)
        : ModuleSource.Load(context, Loader(), engine, file);

    // Opening the cache, for later runs and for what there is to say of it, goes on beside the translation.
    private Module LoadTranslated(TranslationAhead translation)
    {
        if (settings.Cache.Use != CacheUse.Off) _ = Loader().Cache;
        return translation.TryLoad(engine, Path.GetFileName(settings.File)) ?? Load(settings.File);
    }

    private ModuleLoader Loader() => loader ??= new ModuleLoader(engine, settings.Cache.ToOptions(context));
}
