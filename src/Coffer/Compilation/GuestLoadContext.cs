using System.Reflection;
using System.Runtime.Loader;

namespace Coffer.Compilation;

/// <summary>
/// Holds the image of one module. A collectible one goes when nothing uses the module's code any more; the runtime uses
/// native code only in one that is not.
/// </summary>
internal sealed class GuestLoadContext(string name, bool isCollectible, Func<AssemblyName, Assembly?> resolve)
    : AssemblyLoadContext(name, isCollectible)
{
    private static readonly Assembly Engine = typeof(Engine).Assembly;

    // Not asked of the assembly: a name in full has a version and a culture, which would be made for it.
    private static readonly string EngineName = Path.GetFileNameWithoutExtension(Engine.ManifestModule.ScopeName);

    private static readonly bool IsEngineKnown = GetLoadContext(Engine) == Default;

    /// <summary>What backtraces say of the module, if they are made when it is gone.</summary>
    public Diagnostics.FrameDescriber? Frames { get; set; }

    // Where the engine is one of the application's own assemblies, the runtime finds it without a word from here, and without
    // the comparison of names by culture that follows such a word.
    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name != EngineName ? resolve(assemblyName)
        : IsEngineKnown ? null
        : Engine;
}
