using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Images;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>
/// A static method through which guests call delegates of one type: it takes the wasm values and a
/// <see cref="Runtime.HostContext"/>, and calls the context's delegate.
/// </summary>
internal sealed class HostThunk
{
    // Keeps the code alive; null where it was compiled with the engine.
    private readonly MethodBase? method;
    private FunctionType? naturalType;

    /// <summary>A thunk that was compiled already.</summary>
    public HostThunk(DelegateShape shape, nint compiled)
    {
        Shape = shape;
        Code = compiled;
    }

    private HostThunk(Type delegateType)
    {
        Shape = DelegateShape.Of(delegateType);
        naturalType = Shape.NaturalType();
        method = Load(Shape, delegateType);
        Code = method.MethodHandle.GetFunctionPointer();
    }

    public DelegateShape Shape { get; }

    /// <summary>The type the delegate has by itself.</summary>
    public FunctionType NaturalType => naturalType ??= Shape.NaturalType();

    /// <summary>The entry point. Valid as long as this object lives.</summary>
    public nint Code { get; }

    /// <summary>The thunk for a type of delegates.</summary>
    public static HostThunk Of(Type delegateType) => CompiledThunks.Find(delegateType) is var compiled and not 0
        ? new HostThunk(DelegateShape.OfGeneric(delegateType, returns: delegateType != typeof(Action<int>)), compiled)
        : LinkedThunks.Find(delegateType) ?? Generate(delegateType);

    private static HostThunk Generate(Type delegateType) => RuntimeFeature.IsDynamicCodeSupported
        ? Generated.Thunks.GetValue(delegateType, type => new HostThunk(type))
        : throw NoCompiler.Refuse($"a host function of type {delegateType}");

    // By itself, so that it is made when the first is generated.
    private static class Generated
    {
        public static readonly ConditionalWeakTable<Type, HostThunk> Thunks = [];
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Where something can be trimmed, there is no compiler either.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where something can be trimmed, there is no compiler either.")]
    private static MethodInfo Load(DelegateShape shape, Type delegateType)
    {
        var assemblies = shape.Clr.Add(shape.Return).Add(delegateType).SelectMany(Assemblies).Distinct().ToList();
        if (assemblies.Exists(assembly => assembly.IsDynamic))
        {
            throw new ArgumentException($"{delegateType} was made at run time, so that no other assembly can name it; declare its type.");
        }

        var metadata = new MetadataTables(ImageBuilder.AssemblyName, ImageBuilder.AssemblyName + ".dll") { Identity = Guid.NewGuid() };
        var signatures = new SignatureWriter(metadata);
        var bodies = new MethodBodies();
        var body = HostThunkWriter.WriteBody(metadata, signatures, bodies, shape, delegateType);
        metadata.AddType(
            TypeAttributes.Abstract | TypeAttributes.Sealed, "", "Thunk", signatures.Type(typeof(object)),
            MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        metadata.AddMethod(
            MethodAttributes.Assembly | MethodAttributes.Static, MethodImplAttributes.IL, "Call",
            metadata.Blobs.Add(HostThunkWriter.Signature(signatures, shape).Written), body);
        foreach (var assembly in assemblies) HostThunkWriter.IgnoreAccessChecks(metadata, signatures, assembly);
        var known = assemblies.ToDictionary(assembly => assembly.GetName().Name!);
        var context = new GuestLoadContext("host function", isCollectible: true, name => known.GetValueOrDefault(name.Name!));
        return context.LoadFromStream(new MemoryStream(ImageFile.Write(metadata, bodies))).GetType("Thunk")!.GetMethod("Call", BindingFlags.Static | BindingFlags.NonPublic)!;
    }

    private static IEnumerable<Assembly> Assemblies(Type type) =>
        new[] { type.Assembly }.Concat(type.GetGenericArguments().SelectMany(Assemblies)).Distinct();
}
