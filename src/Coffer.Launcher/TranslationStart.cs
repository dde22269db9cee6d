using System.Globalization;
using Coffer.Cli.Running;
using Coffer.Cli.Standalone;
using Coffer.Native;
using Coffer.Native.Ambient;

namespace Coffer.Launcher;

/// <summary>Has the module of a run translated by another program while the runtime of the command starts.</summary>
internal static class TranslationStart
{
    // The words of --memory, in the order of the engine's modes.
    private static readonly string[] Memories = ["auto", "guarded", "checked"];

    /// <summary>Starts it, and tells the command; when anything is in the way, the command translates itself.</summary>
    public static void Begin(RunCache cache)
    {
        var translator = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Translator);
        var memory = Array.IndexOf(Memories, cache.Line.Value(RunOption.Memory) ?? Memories[0]);
        if (memory < 0 || !IsForThisProcessor() || FileStatus.Of(translator) is null || cache.ReadModule() is not { } module) return;
        var consumesFuel = cache.Line.Value(RunOption.Fuel) is not null;
        if (!Handover.TryCreatePipe(out var readEnd, out var writeEnd)) return;
        if (TranslationFile.Create(module, memory, consumesFuel) is not { } file) return;
        var process = ChildProgram.With(
            [file.Descriptor, file.ImageDescriptor, writeEnd], translator, Text(file.Descriptor), Text(file.ImageDescriptor), Text(writeEnd)).Start();
        if (process == 0) return;
        foreach (var descriptor in new[] { file.Descriptor, file.ImageDescriptor, readEnd }) Handover.Keep(descriptor);
        ProcessLine.SetVariable(
            LauncherFiles.TranslationVariable,
            $"{Text(Environment.ProcessId)}:{Text(process)}:{Text(file.Descriptor)}:{Text(file.ImageDescriptor)}:{Text(readEnd)}");
    }

    // What the translator makes depends on the processor, and what it was made for is decided when it is built.
    private static bool IsForThisProcessor() => CachedModule.Identity?.CpuFeatures.SequenceEqual(CpuFeatures.Here) == true;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
