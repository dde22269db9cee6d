using System.Runtime.CompilerServices;
using Coffer.Compilation;
using Coffer.Native.Artifacts;

namespace Coffer.Native;

/// <summary>
/// Makes modules that run native code where there is some: from a cache, from an artifact, or compiled ahead now; all
/// others run by the JIT compiler. Thread-safe.
/// </summary>
public sealed class ModuleLoader
{
    private readonly Engine engine;
    private readonly NativeOptions options;
    private readonly Lazy<ModuleCache?> cache;

    /// <summary>A loader.</summary>
    /// <param name="engine">The engine, whose options must allow native code.</param>
    /// <param name="options">How native code is made and kept.</param>
    /// <exception cref="ArgumentException">The engine does not allow native code.</exception>
    public ModuleLoader(Engine engine, NativeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        if (!engine.Options.AllowNativeCode) throw new ArgumentException("The engine's options do not allow native code.", nameof(engine));
        this.engine = engine;
        this.options = options ?? new NativeOptions();
        cache = new Lazy<ModuleCache?>(OpenCache);
    }

    /// <summary>
    /// A loader for each engine that modules are made for, as one function: for what makes its engines itself, such as hosts of
    /// plugins and policies. Engines that do not allow native code get code by the JIT compiler.
    /// </summary>
    public static ModuleFactory Factory(NativeOptions? options = null)
    {
        var loaders = new ConditionalWeakTable<Engine, ModuleLoader>();
        return (engine, bytes, name) => engine.Options.AllowNativeCode
            ? loaders.GetValue(engine, engine => new ModuleLoader(engine, options)).Load(bytes, name)
            : Module.Compile(engine, bytes, name);
    }

    /// <summary>The cache; null when it cannot be used.</summary>
    internal ModuleCache? Cache => cache.Value;

    /// <summary>
    /// A module, from its binary format or from an artifact that <see cref="CompileArtifact"/> wrote. Code of an artifact is
    /// used only when this user's cache signed it, and it is for this version and machine; else its module is compiled
    /// anew, as any other.
    /// </summary>
    /// <param name="content">The bytes. Must not change afterwards.</param>
    /// <param name="name">A name for messages.</param>
    /// <param name="cancellation">Ends a compilation.</param>
    /// <exception cref="MalformedException">The bytes are neither a module nor an artifact.</exception>
    /// <exception cref="InvalidException">The module is not valid.</exception>
    /// <exception cref="ExhaustionException">A limit of the engine is exceeded.</exception>
    public Module Load(ReadOnlyMemory<byte> content, string? name = null, CancellationToken cancellation = default)
    {
        var artifact = Artifact.IsLikely(content.Span) ? ReadArtifact(content) : null;
        var bytes = artifact?.Module ?? content;
        if (bytes.Length > engine.Options.Limits.ModuleBytes) return Module.Compile(engine, bytes, name);
        var description = ArtifactDescription.Of(bytes.Span, engine.Options);
        if (Find(bytes, name, description) is { } found) return found;
        if (artifact is not null && TakeIn(artifact, description) && Find(bytes, name, description) is { } taken) return taken;
        var module = Module.Compile(engine, bytes, name);
        var isWanted = options.Policy switch
        {
            NativePolicy.Always => true,
            NativePolicy.Automatic => module.Compiled.LargeBodies > 0,
            _ => false,
        };
        return isWanted ? Compile(module, description, cancellation) ?? module : module;
    }

    /// <summary>Compiles a module ahead into an artifact, a file that <see cref="Load"/> takes in place of the module.</summary>
    /// <exception cref="MalformedException">The bytes are not a module.</exception>
    /// <exception cref="InvalidException">The module is not valid.</exception>
    /// <exception cref="NativeCompilationException">There is no compiler, or it failed, or no cache whose key could sign.</exception>
    public byte[] CompileArtifact(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        var module = Module.Compile(engine, bytes);
        var description = ArtifactDescription.Of(bytes.Span, engine.Options);
        var key = (Cache ?? throw new NativeCompilationException("There is no cache, and so no key to sign native code with.")).Key;
        var image = new NativeCompiler(options).Compile(module, description, cancellation);
        return Artifact.Write(image, bytes.Span, CompiledModuleWriter.Write(module.Compiled), description, key);
    }

    /// <exception cref="MalformedException">It is no artifact, or has no module.</exception>
    internal static Artifact ReadArtifact(ReadOnlyMemory<byte> content)
    {
        try
        {
            var artifact = Artifact.Read(content);
            return artifact.Module.IsEmpty ? throw new InvalidDataException("The artifact has no module; it is an entry of a cache.") : artifact;
        }
        catch (InvalidDataException e)
        {
            throw new MalformedException($"neither a module nor an artifact of it: {e.Message}", 0);
        }
    }

    /// <summary>Whether compiling a module ahead without being asked makes sense: a compiler that failed is not tried again so soon.</summary>
    internal bool IsWorthCompiling(Module module) => NativeCompiler.Refusal(options) is null
        && Cache?.HasFailed(ArtifactDescription.Of(module.Definition.Bytes.Span, engine.Options)) == false;

    private Module? Find(ReadOnlyMemory<byte> bytes, string? name, ArtifactDescription description) =>
        Cache?.Load(engine, bytes, name, description, options.Warning);

    // Native code is loaded only out of the cache: nobody else can change it there after it was checked.
    private bool TakeIn(Artifact artifact, ArtifactDescription description)
    {
        if (Cache is not { } target) return false;
        if (artifact.Description.Misfit(description) is { } misfit)
        {
            options.Warning?.Invoke($"the native code is not used: {misfit}");
            return false;
        }

        if (!artifact.IsSignedBy(target.Key))
        {
            options.Warning?.Invoke("the native code is not used: this user's cache did not sign it");
            return false;
        }

        return TryAdd(target, artifact.Image.Span, artifact.Record.Span, description);
    }

    /// <summary>The module with native code, made now; null, with a warning, when that is not possible.</summary>
    private Module? Compile(Module module, ArtifactDescription description, CancellationToken cancellation)
    {
        if (Cache is not { } target) return null;
        try
        {
            var image = new NativeCompiler(options).Compile(module, description, cancellation);
            return TryAdd(target, image, CompiledModuleWriter.Write(module.Compiled), description)
                ? Find(module.Definition.Bytes, module.Name, description)
                : null;
        }
        catch (NativeCompilationException e)
        {
            if (NativeCompiler.Refusal(options) is null) target.MarkFailed(description, e.Message);
            options.Warning?.Invoke($"the JIT compiler is used: {e.Message}");
            return null;
        }
    }

    private bool TryAdd(ModuleCache target, ReadOnlySpan<byte> image, ReadOnlySpan<byte> record, ArtifactDescription description)
    {
        try
        {
            target.Add(image, record, description);
            return true;
        }
        catch (IOException e)
        {
            options.Warning?.Invoke($"the cache cannot be written: {e.Message}");
            return false;
        }
    }

    private ModuleCache? OpenCache()
    {
        try
        {
            return new ModuleCache(options);
        }
        catch (IOException e)
        {
            options.Warning?.Invoke($"there is no cache: {e.Message}");
            return null;
        }
    }
}
