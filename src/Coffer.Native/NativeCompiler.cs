using Coffer.Compilation;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;
using Coffer.Runtime;

namespace Coffer.Native;

/// <summary>Makes the machine code of a whole module ahead of time, by the platform's crossgen2.</summary>
internal sealed class NativeCompiler(NativeOptions options)
{
    /// <summary>Why there can be no native code here; null when there can.</summary>
    public static string? Refusal(NativeOptions options)
    {
        if (string.IsNullOrEmpty(EngineFile)) return "the application is a single file, whose parts crossgen2 cannot read";
        return (options.CompilerPath ?? CompilerLocation.Find()) is null
            ? "crossgen2 was not found; it is the package Microsoft.NETCore.App.Crossgen2 for this platform"
            : null;
    }

    private static string EngineFile => typeof(Engine).Assembly.Location;

    /// <summary>Compiles a module that the JIT compiler would compile otherwise.</summary>
    /// <exception cref="NativeCompilationException">It could not be.</exception>
    public byte[] Compile(Module module, ArtifactDescription description, CancellationToken cancellation)
    {
        if (Refusal(options) is { } refusal) throw new NativeCompilationException($"There is no native code: {refusal}.");

        // A compiler that somebody named may be of another version than the runtime, and then loads its own JIT compiler only.
        var jit = options.CompilerPath is null ? CompilerLocation.FindJit() : null;
        return new Crossgen(options.CompilerPath ?? CompilerLocation.Find()!, jit, options.TimeLimit, options.Threads).Compile(
            new ImageInput(ImageBuilder.AssemblyName, module.Compiled.Image), LayoutsOf(module.Compiled), EngineFile, description.CpuFeatures, cancellation);
    }

    /// <summary>The images of the classes of structs that code uses.</summary>
    public static IEnumerable<ImageInput> LayoutsOf(CompiledModule compiled) => compiled.Layouts.SelectMany(Ancestors)
        .DistinctBy(layout => layout.AssemblyName)
        .Select(layout => new ImageInput(layout.AssemblyName, LayoutImage.Write(layout)));

    private static IEnumerable<StructLayout> Ancestors(StructLayout layout)
    {
        for (var each = layout; each is not null; each = each.Parent) yield return each;
    }
}
