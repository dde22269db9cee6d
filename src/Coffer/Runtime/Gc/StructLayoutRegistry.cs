using System.Runtime.CompilerServices;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// The layouts of an engine, so that modules which share a type also share the class of its objects. A layout lives as
/// long as some type that uses it; every object has its type, so no class is ever made twice while there are objects of
/// it. Thread-safe.
/// </summary>
internal sealed class StructLayoutRegistry
{
    private const int FirstSweep = 256;

    /// <summary>
    /// The layouts of all engines that allow native code: one, since native images are loaded once in a process.
    /// </summary>
    public static StructLayoutRegistry Permanent { get; } = new(isCollectible: false);

    private readonly bool isCollectible;

    // Classes that cannot be unloaded are better found again than made again.
    private List<StructLayout>? kept;
    private readonly Lock gate = new();
    // Made with the first struct: most modules have none.
    private ConditionalWeakTable<DefinedType, StructLayout>? byType;
    private Dictionary<string, WeakReference<StructLayout>>? byAssembly;
    private int sweepAt = FirstSweep;

    /// <param name="isCollectible">
    /// Whether classes are unloaded when nobody uses them any more. Code in assemblies that cannot be unloaded, such as
    /// ReadyToRun images, can only use classes that cannot either.
    /// </param>
    public StructLayoutRegistry(bool isCollectible) => this.isCollectible = isCollectible;

    /// <summary>The layout of a struct type.</summary>
    public StructLayout Get(DefinedType type)
    {
        lock (gate)
        {
            byType ??= [];
            if (byType.TryGetValue(type, out var known)) return known;
            var layout = GetByShape(StorageShape.Of(type));
            byType.Add(type, layout);
            return layout;
        }
    }

    /// <summary>The layout that an assembly reference of a compiled module means; null when no type in use has it.</summary>
    public StructLayout? Find(string assemblyName)
    {
        lock (gate)
        {
            return byAssembly is not null && byAssembly.TryGetValue(assemblyName, out var entry) && entry.TryGetTarget(out var layout) ? layout : null;
        }
    }

    // From the root downwards, so that nothing recurses; a shape has at most as many levels as a type may have.
    private StructLayout GetByShape(string shape)
    {
        StructLayout? layout = null;
        for (var end = 0; end < shape.Length || layout is null; end++)
        {
            end = shape.IndexOf('_', end);
            if (end < 0) end = shape.Length;
            layout = GetLevel(shape[..end], layout);
        }

        return layout;
    }

    private StructLayout GetLevel(string shape, StructLayout? parent)
    {
        var name = StructLayout.AssemblyPrefix + StorageShape.NameOf(shape);
        byAssembly ??= new(StringComparer.Ordinal);
        if (byAssembly.TryGetValue(name, out var entry) && entry.TryGetTarget(out var known)) return known;
        var layout = new StructLayout(shape, parent, isCollectible);
        if (byAssembly.Count >= sweepAt) Sweep(byAssembly);
        byAssembly[name] = new WeakReference<StructLayout>(layout);
        if (!isCollectible) (kept ??= []).Add(layout);
        return layout;
    }

    private void Sweep(Dictionary<string, WeakReference<StructLayout>> byAssembly)
    {
        foreach (var (name, entry) in byAssembly)
        {
            if (!entry.TryGetTarget(out _)) byAssembly.Remove(name);
        }

        sweepAt = Math.Max(FirstSweep, byAssembly.Count * 2);
    }
}
