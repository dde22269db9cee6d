using System.Reflection;
using System.Runtime.Loader;

namespace Coffer.Runtime;

/// <summary>Holds the assembly of one layout.</summary>
internal sealed class LayoutLoadContext : AssemblyLoadContext
{
    // Not the layout itself: that holds the class, and a context that held its own class would never be collected.
    private readonly Assembly? parent;

    private LayoutLoadContext(StructLayout layout, bool isCollectible) : base(layout.AssemblyName, isCollectible) =>
        parent = layout.Parent?.ClrType.Assembly;

    /// <summary>Makes and loads the class of a layout.</summary>
    public static Type Load(StructLayout layout, bool isCollectible)
    {
        var context = new LayoutLoadContext(layout, isCollectible);
        using var image = new MemoryStream(LayoutImage.Write(layout));
        return context.LoadFromStream(image).GetType($"{StructLayout.TypeNamespace}.{StructLayout.TypeName}", throwOnError: true)!;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // This engine, even when it was itself loaded into a context of its own.
        var engine = typeof(GcObject).Assembly;
        if (assemblyName.Name == engine.GetName().Name) return engine;
        return assemblyName.Name == parent?.GetName().Name ? parent : null;
    }
}
