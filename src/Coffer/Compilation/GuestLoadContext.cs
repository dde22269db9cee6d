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
    /// <summary>What backtraces say of the module, if they are made when it is gone.</summary>
    public Diagnostics.FrameDescriber? Frames { get; set; }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == typeof(Engine).Assembly.GetName().Name ? typeof(Engine).Assembly : resolve(assemblyName);
}
