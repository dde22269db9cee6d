using System.CommandLine;
using Coffer.Native;

namespace Coffer.Server;

/// <summary>The option <c>--cache</c> of servers whose modules are replaced: whether they run native code that was made before.</summary>
internal static class CacheOption
{
    public static Option<string?> Create() => new("--cache")
    {
        Description = "Native code: off (what is not said), auto (what the cache has), wait (made first when it has none), or auto with a folder. "
            + "Such code stays in the process when a module is replaced",
        HelpName = "off|auto|wait|dir",
    };

    /// <summary>What makes modules, and the options of the engine that they are for.</summary>
    /// <param name="text">What was said; null for nothing.</param>
    /// <param name="warn">Told why something was done in another way than asked.</param>
    public static (EngineOptions Engine, ModuleFactory Compile) Read(string? text, Action<string> warn)
    {
        if (text is null or "off" or "") return (EngineOptions.Default, Module.Compile);
        return (EngineOptions.Default with { AllowNativeCode = true }, ModuleLoader.Factory(OptionsOf(text) with { Warning = warn }));
    }

    /// <summary>How native code is made and kept, by a word that is not <c>off</c>.</summary>
    public static NativeOptions OptionsOf(string text) => new()
    {
        Policy = text == "wait" ? NativePolicy.Always : NativePolicy.Cached,
        CacheFolder = text is "auto" or "wait" or "" ? null : Path.GetFullPath(text),
    };
}
