using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// A validated and compiled module. Immutable and thread-safe; instantiate it in as many stores of its engine as
/// wanted. Its machine code is made function by function when first called (or by <see cref="Prepare"/>), and is
/// collected when no instance and no reference to the module is left.
/// </summary>
public sealed class Module
{
    private readonly Lazy<Code> code;
    private readonly Lazy<NameSection> names;

    private Module(Engine engine, ModuleDefinition definition, CompiledModule compiled, string? name)
    {
        Engine = engine;
        Definition = definition;
        Compiled = compiled;
        names = new Lazy<NameSection>(() => NameSection.Of(definition));
        Name = name ?? names.Value.ModuleName ?? "<module>";
        Frames = new Diagnostics.FrameDescriber(Name, compiled.Offsets, definition, names);
        code = new Lazy<Code>(() => new Code(this));
        Imports = [.. definition.Imports.Select(import => new ImportInfo(
            import.Module, import.Name, import.Kind, Describe(import.Kind, import.Index)))];
        Exports = [.. definition.Exports.Select(export => new ExportInfo(
            export.Name, export.Kind, Describe(export.Kind, export.Index)))];
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The name given when it was compiled, or from its name section.</summary>
    public string Name { get; }

    /// <summary>What the module needs, in order.</summary>
    public IReadOnlyList<ImportInfo> Imports { get; }

    /// <summary>What the module offers, in order.</summary>
    public IReadOnlyList<ExportInfo> Exports { get; }

    internal ModuleDefinition Definition { get; }

    internal CompiledModule Compiled { get; }

    /// <summary>Decodes, validates and compiles a binary module.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="bytes">The module. Must not change afterwards.</param>
    /// <param name="name">A name for messages, such as the file's; without one, the name section's is used.</param>
    /// <exception cref="MalformedException">The bytes are not a module.</exception>
    /// <exception cref="InvalidException">The module is not valid.</exception>
    /// <exception cref="ExhaustionException">A limit of the engine is exceeded.</exception>
    public static Module Compile(Engine engine, ReadOnlyMemory<byte> bytes, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var options = engine.Options;
        var definition = ModuleDecoder.Decode(bytes, engine.Types, options.Features, options.Limits);
        return new Module(engine, definition, ModuleCompiler.Compile(definition, options, engine.Layouts), name);
    }

    /// <summary>Reads a binary module from a stream, no further than the limits allow, and compiles it.</summary>
    public static Module Compile(Engine engine, Stream stream, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return Compile(engine, ModuleStream.Read(stream, engine.Options.Limits), name);
    }

    /// <summary>Parses a module in the text format and compiles it.</summary>
    /// <exception cref="MalformedException">The text is not a module; it says the line and column.</exception>
    public static Module CompileText(Engine engine, string text, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return Compile(engine, Text.TextFormat.Parse(System.Text.Encoding.UTF8.GetBytes(text), engine.Options.Features), name);
    }

    /// <summary>Throws unless the bytes are a valid module; compiles nothing that stays.</summary>
    public static void Validate(Engine engine, ReadOnlyMemory<byte> bytes) => Compile(engine, bytes);

    /// <summary>
    /// Makes the machine code of all functions now, on several threads, instead of when each is first called.
    /// </summary>
    /// <param name="threads">How many threads at most; 0 for as many as there are processors.</param>
    /// <param name="cancellationToken">Ends the preparation early; what was prepared stays.</param>
    public void Prepare(int threads = 0, CancellationToken cancellationToken = default)
    {
        var functions = Definition.Functions.Length - Definition.ImportedFunctions;
        var order = Compiled.Calls.CalleesFirst();
        var extras = Compiled.Offsets.Count - functions;
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : -1,
            CancellationToken = cancellationToken,
        };

        // One at a time, so that the order holds across threads as well as it can.
        var rows = Partitioner.Create(
            Enumerable.Range(functions, extras).Concat(order.Select(function => function - Definition.ImportedFunctions)),
            EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(rows, options, row => code.Value.Prepare(row));
    }

    /// <summary>The content of the custom sections with a name.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> CustomSections(string name) => Definition.CustomSections
        .Where(section => section.Name == name)
        .Select(section => Definition.Bytes.Slice(section.Content.Offset, section.Content.Length));

    /// <summary>The name of a function for people; null when there is none.</summary>
    internal string? FunctionName(int function) => Frames.FunctionName(function);

    /// <summary>What backtraces say of the module.</summary>
    internal Diagnostics.FrameDescriber Frames { get; }

    internal nint CodePointer(int function) => code.Value.Pointer(function - Definition.ImportedFunctions);

    internal nint ExtraPointer(int extra) =>
        code.Value.Pointer(Definition.Functions.Length - Definition.ImportedFunctions + extra);

    internal MethodBase CodeMethod(int function) => code.Value.Method(function - Definition.ImportedFunctions);

    internal GuestInstance NewGuestInstance() =>
        (GuestInstance)RuntimeHelpers.GetUninitializedObject(code.Value.InstanceType);

    private object Describe(ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => Definition.FunctionTypeOf(index),
        ExternalKind.Table => Definition.Tables[index].Type,
        ExternalKind.Memory => Definition.Memories[index],
        ExternalKind.Global => Definition.Globals[index].Type,
        _ => Definition.Types[Definition.Tags[index].TypeIndex].Function!,
    };

    /// <summary>The loaded image.</summary>
    private sealed class Code
    {
        private const int FirstFunctionToken = 0x06000003;
        private readonly System.Reflection.Module image;
        private readonly nint[] pointers;

        public Code(Module module)
        {
            // Only the registry is captured: its layouts live as long as the types of the module do.
            var layouts = module.Engine.Layouts;
            var context = new GuestLoadContext(module.Name, name => layouts.Find(name.Name!)?.ClrType.Assembly)
            {
                Frames = module.Frames,
            };
            var assembly = context.LoadFromStream(new MemoryStream(module.Compiled.Image));
            image = assembly.ManifestModule;
            InstanceType = assembly.GetType("Instance", throwOnError: true)!;
            pointers = new nint[module.Compiled.Offsets.Count];
        }

        public Type InstanceType { get; }

        public MethodBase Method(int row) => image.ResolveMethod(FirstFunctionToken + row)!;

        public void Prepare(int row) => RuntimeHelpers.PrepareMethod(Method(row).MethodHandle);

        public nint Pointer(int row)
        {
            var pointer = pointers[row];
            if (pointer == 0) pointers[row] = pointer = Method(row).MethodHandle.GetFunctionPointer();
            return pointer;
        }
    }
}

/// <summary>Something a module needs. Immutable.</summary>
/// <param name="Module">The first name.</param>
/// <param name="Name">The second name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type: a <see cref="FunctionType"/> (of a tag: its values as parameters), <see cref="TableType"/>, <see cref="MemoryType"/> or <see cref="GlobalType"/>.</param>
public sealed record ImportInfo(string Module, string Name, ExternalKind Kind, object Type);

/// <summary>Something a module offers. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type, as in <see cref="ImportInfo"/>.</param>
public sealed record ExportInfo(string Name, ExternalKind Kind, object Type);
