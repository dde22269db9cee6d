using System.Reflection;
using System.Runtime.CompilerServices;
using Coffer.Images;
using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>
/// A loaded image: its class of instances, and an entry point for each method row. Thread-safe.
/// </summary>
internal sealed class LoadedCode : ModuleCode
{
    private const int InstanceToken = 0x02000002, FirstFunctionToken = 0x06000003;

    // The runtime binds the native code of a file once in a process: a second load of it would be compiled by the JIT.
    private static readonly Dictionary<string, LoadedCode> Native = new(StringComparer.Ordinal);

    private readonly System.Reflection.Module image;
    private readonly Type instanceType;
    private readonly nint[] pointers;
    private Lazy<NativeCallCells?>? cells;

    private LoadedCode(Assembly assembly, int rows)
    {
        image = assembly.ManifestModule;
        instanceType = Type.GetTypeFromHandle(image.ModuleHandle.GetRuntimeTypeHandleFromMetadataToken(InstanceToken))!;
        pointers = new nint[rows];
    }

    /// <inheritdoc/>
    public override GuestInstance NewInstance() => (GuestInstance)RuntimeHelpers.GetUninitializedObject(instanceType);

    /// <summary>Loads a CIL image, which goes when nobody uses it any more; with tiers it stays, since what may go has none.</summary>
    public static LoadedCode Load(Engine engine, string name, CompiledModule compiled, Diagnostics.FrameDescriber frames)
    {
        var layouts = engine.Layouts;

        // Only the registry is captured: its layouts live as long as the types of the module do.
        var context = new GuestLoadContext(name, isCollectible: !engine.Options.Tiered, reference => layouts.Find(reference.Name!)?.ClrType.Assembly)
        {
            Frames = frames,
        };
        // A stream whose bytes are visible is not copied before the runtime copies it.
        var assembly = compiled.ImageFile is { } file
            ? context.LoadFromAssemblyPath(file)
            : context.LoadFromStream(new MemoryStream(compiled.Image, 0, compiled.Image.Length, writable: false, publiclyVisible: true));
        return new LoadedCode(assembly, compiled.Offsets.Count);
    }

    /// <summary>Loads a native image, which stays in the process.</summary>
    /// <param name="native">The image.</param>
    /// <param name="name">The name of its load context.</param>
    /// <param name="compiled">What belongs to the code.</param>
    /// <param name="frames">What backtraces say of it.</param>
    /// <exception cref="BadImageFormatException">The file is no image of this kind.</exception>
    public static LoadedCode LoadNative(NativeImage native, string name, CompiledModule compiled, Diagnostics.FrameDescriber frames)
    {
        lock (Native)
        {
            if (Native.TryGetValue(native.Path, out var loaded)) return loaded;
            var layouts = StructLayoutRegistry.Permanent;
            var context = new GuestLoadContext(name, isCollectible: false, reference => layouts.Find(reference.Name!)?.ClrType.Assembly)
            {
                Frames = frames,
            };
            var assembly = context.LoadFromAssemblyPath(native.Path);
            var code = new LoadedCode(assembly, compiled.Offsets.Count);
            code.cells = new Lazy<NativeCallCells?>(
                () => NativeCallCells.Find(assembly, code.instanceType.GetConstructors()[0], native));
            CallBinding.Begin(() => code.cells.Value);
            return Native[native.Path] = code;
        }
    }

    /// <summary>
    /// The value of a global: code keeps those that nobody else can see in the instance itself, if it uses them at all.
    /// </summary>
    public static Value ReadGlobal(GuestInstance instance, int index)
    {
        if (instance.GetType().GetField(ImageBuilder.FieldName(FieldKind.GlobalValue, index)) is not { } field) return instance.Globals[index].Value;
        return field.GetValue(instance) switch
        {
            int number => Value.I32(number),
            long number => Value.I64(number),
            float number => Value.F32(number),
            double number => Value.F64(number),
            System.Runtime.Intrinsics.Vector128<byte> vector => Value.V128(vector),
            var reference => Value.Reference(reference),
        };
    }

    public MethodBase Method(int row) => image.ResolveMethod(FirstFunctionToken + row)!;

    /// <summary>Makes the machine code of a method unless it is there.</summary>
    public void Prepare(int row) => RuntimeHelpers.PrepareMethod(Handle(row));

    /// <summary>Lets functions of a native image call those that are prepared directly.</summary>
    public void BindCalls() => cells?.Value?.Bind();

    /// <summary>How many calls between functions of a native image are direct.</summary>
    public int DirectCalls => cells?.Value?.DirectCalls ?? 0;

    /// <inheritdoc/>
    public override nint Pointer(int row)
    {
        var pointer = pointers[row];
        if (pointer == 0) pointers[row] = pointer = Handle(row).GetFunctionPointer();
        return pointer;
    }

    // Not by way of the method's description, which takes longer to be made.
    private RuntimeMethodHandle Handle(int row) =>
        image.ModuleHandle.GetRuntimeMethodHandleFromMetadataToken(FirstFunctionToken + row);
}
