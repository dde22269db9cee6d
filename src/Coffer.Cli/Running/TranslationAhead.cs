using System.Globalization;
using Coffer.Native.Ambient;
using Coffer.Runtime;

namespace Coffer.Cli.Running;

/// <summary>
/// The module of a run, as the launcher has had it translated while this process started. Whatever is amiss, there is none: then the command
/// reads and translates the module itself, and has the words for what is wrong with it.
/// </summary>
internal sealed class TranslationAhead
{
    private const int Parts = 5;

    private readonly TranslationFile file;
    private readonly int translator, pipe;
    private bool hasWaited;

    private TranslationAhead(TranslationFile file, int translator, int pipe) => (this.file, this.translator, this.pipe) = (file, translator, pipe);

    /// <summary>The one that this process was told of; null when it was told of none, or another process was.</summary>
    public static TranslationAhead? Of(CommandContext context)
    {
        if (!OperatingSystem.IsLinux() || context.Translation?.Split(':') is not { Length: Parts } parts) return null;
        var numbers = new int[Parts];
        for (var i = 0; i < Parts; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }

        if (numbers[0] != Environment.ProcessId || TranslationFile.Open(numbers[2], numbers[3]) is not { } file) return null;
        for (var i = 2; i < Parts; i++) Handover.CloseLater(numbers[i]);
        return new TranslationAhead(file, numbers[1], numbers[4]);
    }

    /// <summary>Decodes the module and waits for the translation; null when there is none, or for an engine with other options.</summary>
    public Module? TryLoad(Engine engine, string name)
    {
        if (!IsFor(engine.Options)) return null;
        var module = file.MapModule();
        if (module.Address == 0) return null;
        try
        {
            return Module.Load(engine, new StaticMemory(module.Address, module.Length).Memory, Wait, name);
        }
        catch (Exception e) when (e is InvalidDataException or BadImageFormatException or IOException or CofferException)
        {
            return null;
        }
    }

    private FiledTranslation? Wait()
    {
        hasWaited = true;
        if (!Handover.Wait(pipe) || TranslationFile.Open(file.Descriptor, file.ImageDescriptor) is not { } whole) return null;
        var record = whole.MapRecord();

        // Files that were not replaced together are of several builds.
        return record.Address == 0 || whole.Build != typeof(Engine).Module.ModuleVersionId ? null : new FiledTranslation(new StaticMemory(record.Address, record.Length).Memory, whole.ImagePath);
    }

    private bool IsFor(EngineOptions options) => file.Memory == (int)options.Memory.Mode && file.ConsumesFuel == options.ConsumeFuel;

    /// <summary>Gives back its memory, and the system's note of how the translator ended.</summary>
    public void Forget()
    {
        file.Close();
        if (!hasWaited) Handover.Close(pipe);
        Handover.Reap(translator);
    }
}
