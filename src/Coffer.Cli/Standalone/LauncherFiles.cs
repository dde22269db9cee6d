namespace Coffer.Cli.Standalone;

/// <summary>
/// What stands beside the command where it has a launcher: a small program of machine code that is called <c>coffer</c>. The
/// launcher has this file as well.
/// </summary>
internal static class LauncherFiles
{
    /// <summary>The name under which the command is there, which the launcher becomes when it does not know better.</summary>
    public const string Command = "coffer-managed";

    /// <summary>
    /// The description of what plain runs are compiled for: of no module, and with <see cref="BuildLine"/>. By it and a module
    /// the launcher finds an executable in the cache without loading anything of the engine.
    /// </summary>
    public const string Identity = "coffer.identity";

    /// <summary>The line of a description that tells one build of the whole command from another.</summary>
    public const string BuildLine = "command";

    /// <summary>The program that translates a module while the runtime of the command starts; see <see cref="TranslationVariable"/>.</summary>
    public const string Translator = "coffer-translator";

    /// <summary>
    /// The variable that says where a translation will be: numbers with colons between them, of the process that it is for, the
    /// translator's process, the memory, that of the image, and the pipe that says when it is done.
    /// </summary>
    public const string TranslationVariable = "COFFER_TRANSLATION";

    /// <summary>
    /// The variable by which the launcher has the runtime of the command compile methods in tiers; with the value 1.
    /// </summary>
    public const string TiersVariable = "DOTNET_TieredCompilation";

    /// <summary>How large modules with executables in the cache are at most: making one takes a multiple of it in time and memory.</summary>
    public const int MostModuleBytes = 16 << 20;
}
