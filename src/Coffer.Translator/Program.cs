using System.Globalization;
using Coffer.Native.Ambient;
using Coffer.Runtime;

namespace Coffer.Translator;

/// <summary>
/// <c>coffer-translator MEMORY IMAGE PIPE</c>, all descriptors: translates the module in a <see cref="TranslationFile"/>, puts in what it
/// made, and says so through the pipe. Of a module that is not valid, and of anything else that is in the way, it says nothing: the
/// command, which gets the end of the pipe then, translates itself and has the words for it.
/// </summary>
internal static class Program
{
    private const int Failure = 1;

    private static int Main(string[] arguments)
    {
        ReflectedMembers.Keep();
        if (arguments.Length != 3 || Number(arguments[0]) is not { } memory || Number(arguments[1]) is not { } image) return Failure;
        if (Number(arguments[2]) is not { } pipe || TranslationFile.Open(memory, image) is not { } file || !Translate(file)) return Failure;
        Handover.Tell(pipe);
        return 0;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Translate(TranslationFile file)
    {
        var module = file.MapModule();
        if (module.Address == 0) return false;
        try
        {
            var options = ModuleTranslation.Options((MemoryMode)file.Memory, file.ConsumesFuel);
            return ModuleTranslation.Make(new StaticMemory(module.Address, module.Length).Memory, options) is { } made
                && file.Complete(made.Record.Span, made.Image, typeof(Engine).Module.ModuleVersionId);
        }
        catch (Exception e) when (e is CofferException or NotSupportedException)
        {
            // Not supported are value tuples of results that this program has no code for.
            return false;
        }
    }
}
