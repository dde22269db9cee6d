using System.Reflection;
using System.Runtime.Loader;

namespace Coffer.Compilation;

/// <summary>Holds the image of one module. Collectible: it goes when nothing uses the module's code any more.</summary>
internal sealed class GuestLoadContext : AssemblyLoadContext
{
    private readonly Func<AssemblyName, Assembly?> resolve;

    public GuestLoadContext(string name, Func<AssemblyName, Assembly?> resolve) : base(name, isCollectible: true) => this.resolve = resolve;

    /// <summary>What backtraces say of the module, if they are made when it is gone.</summary>
    public Diagnostics.FrameDescriber? Frames { get; set; }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        assemblyName.Name == typeof(Engine).Assembly.GetName().Name ? typeof(Engine).Assembly : resolve(assemblyName);
}
