using System.Collections.Concurrent;
using System.Reflection;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Images;
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
    private readonly Lazy<ModuleCode> code;
    private readonly Lazy<NameSection> names;
    private InstanceTemplate? template;

    private Module(Engine engine, ModuleDefinition definition, CompiledModule compiled, string? name, Func<Module, ModuleCode> load)
    {
        Engine = engine;
        Definition = definition;
        Compiled = compiled;
        names = NamesOf(definition);
        Name = name ?? names.Value.ModuleName ?? "<module>";
        Frames = new Diagnostics.FrameDescriber(Name, compiled.Offsets, definition, names);
        code = new Lazy<ModuleCode>(() => load(this));
        var imports = new ImportInfo[definition.Imports.Length];
        for (var i = 0; i < imports.Length; i++)
        {
            var import = definition.Imports[i];
            imports[i] = new ImportInfo(import.Module, import.Name, import.Kind, Describe(import.Kind, import.Index));
        }

        var exports = new ExportInfo[definition.Exports.Length];
        for (var i = 0; i < exports.Length; i++)
        {
            var export = definition.Exports[i];
            exports[i] = new ExportInfo(export.Name, export.Kind, Describe(export.Kind, export.Index));
        }

        Imports = Array.AsReadOnly(imports);
        Exports = Array.AsReadOnly(exports);
    }

    // By itself, so that what reads the names later holds the definition and not the module: its load context, which describes
    // frames by them, would never be unloaded.
    private static Lazy<NameSection> NamesOf(ModuleDefinition definition) => new(() => NameSection.Of(definition));

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>The name given when it was compiled, or from its name section.</summary>
    public string Name { get; }

    /// <summary>What the module needs, in order.</summary>
    public IReadOnlyList<ImportInfo> Imports { get; }

    /// <summary>What the module offers, in order.</summary>
    public IReadOnlyList<ExportInfo> Exports { get; }

    /// <summary>
    /// Whether the machine code was made ahead of time. Such code stays in the process; other code goes with the module.
    /// </summary>
    public bool IsNative { get; private init; }

    /// <summary>The code, when it was made part of the program; else null.</summary>
    internal LinkedCode? Linked { get; private init; }

    internal ModuleDefinition Definition { get; }

    internal CompiledModule Compiled { get; }

    /// <summary>What all its instances have in common.</summary>
    internal InstanceTemplate Template => template
        ?? Interlocked.CompareExchange(ref template, new InstanceTemplate(Definition, Compiled), null) ?? template;

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
        return OfImage(engine, definition, ModuleCompiler.Compile(definition, options, engine.Layouts), name);
    }

    /// <summary>
    /// Makes a module of what another process translates meanwhile. Neither validates nor compiles: that process does, and the caller
    /// vouches for it.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="bytes">The module. Must not change afterwards.</param>
    /// <param name="translation">Waits for the translation, while which the module has been decoded; null when there will be none.</param>
    /// <param name="name">A name for messages.</param>
    /// <returns>The module; null without a translation.</returns>
    /// <exception cref="CofferException">The bytes are no module, or one that is too large.</exception>
    /// <exception cref="InvalidDataException">It was not translated from this module, or for an engine like this.</exception>
    /// <exception cref="BadImageFormatException">The file is no image.</exception>
    internal static Module? Load(Engine engine, ReadOnlyMemory<byte> bytes, Func<FiledTranslation?> translation, string? name)
    {
        var options = engine.Options;
        if (!ModuleTranslation.Fits(options)) throw new InvalidDataException("The engine's options are not those of the translation.");
        var definition = ModuleDecoder.Decode(bytes, engine.Types, options.Features, options.Limits);
        var constants = ConstantCodes.ToRecord(definition, options.Features);
        if (translation() is not { } made) return null;
        var compiled = CompiledModuleReader.ReadWithCalls(made.Record, definition, options, constants) with
        {
            ImageFile = made.ImageFile,
        };
        var module = OfImage(engine, definition, compiled, name);

        // The file need not be there for longer.
        _ = module.code.Value;
        return module;
    }

    private static Module OfImage(Engine engine, ModuleDefinition definition, CompiledModule compiled, string? name) => new(
        engine, definition, compiled, name, static module => LoadedCode.Load(module.Engine, module.Name, module.Compiled, module.Frames));

    /// <summary>
    /// Makes a module from what an earlier compilation of the same bytes recorded (<see cref="CompiledModuleWriter"/>) and
    /// from the machine code of its image. Neither validates nor compiles: the caller vouches for all three. The record must
    /// not change afterwards.
    /// </summary>
    /// <exception cref="InvalidDataException">The record is not one, or is not of this module.</exception>
    /// <exception cref="BadImageFormatException">The file is no image.</exception>
    internal static Module LoadNative(
        Engine engine, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> record, NativeImage image, string? name)
    {
        var options = engine.Options;
        if (!options.AllowNativeCode) throw new InvalidOperationException("The engine's options do not allow native code.");
        var definition = ModuleDecoder.Decode(bytes, engine.Types, options.Features, options.Limits);
        var compiled = CompiledModuleReader.Read(record, definition, options);

        // Images find the classes of structs by name, among those of the types in use.
        foreach (var type in definition.Types)
        {
            if (type.Composite is StructType) engine.Layouts.Get(type);
        }

        var module = new Module(
            engine, definition, compiled, name, module => LoadedCode.LoadNative(image, module.Name, module.Compiled, module.Frames))
        {
            IsNative = true,
        };
        _ = module.code.Value;
        return module;
    }

    /// <summary>
    /// Makes a module of what was made part of the program when that was built. Neither validates nor compiles: whoever
    /// built the program did.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was built for an engine with other options, or of another version.</exception>
    internal static Module LoadLinked(Engine engine, LinkedCode linked, string name)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var options = engine.Options;
        linked.RequireFit(options, name);
        var definition = ModuleDecoder.Decode(linked.Module, engine.Types, linked.Features, options.Limits);
        try
        {
            var compiled = CompiledModuleReader.Read(linked.Record, definition, options with { Features = linked.Features });
            linked.Begin(definition, compiled.Offsets.Count);
            var module = new Module(engine, definition, compiled, name, _ => linked) { IsNative = true, Linked = linked };
            Diagnostics.LinkedFrames.Add(linked, module.Frames);
            return module;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidOperationException($"The module \"{name}\" was built for an engine with other options: {e.Message}", e);
        }
    }

    /// <summary>Compiles a module into an image that makes it part of a program; see <see cref="LoadLinked"/>.</summary>
    internal static CompiledModule CompileLinked(Engine engine, ReadOnlyMemory<byte> bytes, Embedding.LinkedTarget target)
    {
        var options = engine.Options;
        var definition = ModuleDecoder.Decode(bytes, engine.Types, options.Features, options.Limits);
        return ModuleCompiler.Compile(
            definition, options, engine.Layouts, target.AssemblyName, compiled => new Embedding.LinkedWriter(target, definition, compiled, options));
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
        if (code.Value is not LoadedCode loaded) return;
        var functions = Definition.Functions.Length - Definition.ImportedFunctions;
        var order = Compiled.Calls?.CalleesFirst() ?? Enumerable.Range(Definition.ImportedFunctions, functions);
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
        Parallel.ForEach(rows, options, row => loaded.Prepare(row));
        BindCalls();
    }

    /// <summary>
    /// Makes the machine code of functions and of what they call, nearest first, and then of those that tables are filled with
    /// and of what those call. For a thread beside the guest's: a function that both want is made once.
    /// </summary>
    /// <param name="first">The functions to begin with.</param>
    /// <param name="goesOn">Asked before each function whether to make it; if not, this is the end.</param>
    internal void PrepareAhead(IReadOnlyList<int> first, Func<bool> goesOn)
    {
        if (Compiled.Calls is not { } calls || code.Value is not LoadedCode loaded) return;
        foreach (var function in calls.NearestFirst(first, FunctionsOfTables()))
        {
            if (!goesOn()) return;
            loaded.Prepare(function - Definition.ImportedFunctions);
        }
    }

    private List<int> FunctionsOfTables()
    {
        var functions = new List<int>();
        foreach (var segment in Definition.Elements)
        {
            if (segment.Functions.IsDefault) continue;
            foreach (var function in segment.Functions) functions.Add(function);
        }

        return functions;
    }

    /// <summary>Lets native functions call those that have been called or prepared directly.</summary>
    internal void BindCalls() => (code.Value as LoadedCode)?.BindCalls();

    /// <summary>How many calls between functions of a native image are direct.</summary>
    internal int DirectCalls => (code.Value as LoadedCode)?.DirectCalls ?? 0;

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

    internal MethodBase CodeMethod(int function) => ((LoadedCode)code.Value).Method(function - Definition.ImportedFunctions);

    internal GuestInstance NewGuestInstance() => code.Value.NewInstance();

    private object Describe(ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => Definition.FunctionTypeOf(index),
        ExternalKind.Table => Definition.Tables[index].Type,
        ExternalKind.Memory => Definition.Memories[index],
        ExternalKind.Global => Definition.Globals[index].Type,
        _ => Definition.Types[Definition.Tags[index].TypeIndex].Function!,
    };
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
