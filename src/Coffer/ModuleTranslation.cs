using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Types;

namespace Coffer;

/// <summary>
/// What another process made of a module for this one: all that <see cref="Module.Compile(Engine, ReadOnlyMemory{byte}, string)"/>
/// does before code runs. Both processes are of one build and trust each other; the module is validated by whoever translates it.
/// </summary>
/// <param name="Record">What belongs to the code (<see cref="CompiledModuleWriter"/>).</param>
/// <param name="Image">The CIL image.</param>
internal sealed record ModuleTranslation(ReadOnlyMemory<byte> Record, byte[] Image)
{
    /// <summary>
    /// The options of an engine that translates for others. A process may load what another made if its own engine has these,
    /// whatever it says about threads, native code and pages of memories (<see cref="Fits"/>).
    /// </summary>
    public static EngineOptions Options(MemoryMode memory, bool consumesFuel) => new()
    {
        // All processors but the one on which the other process starts.
        CompilationThreads = Math.Max(1, Environment.ProcessorCount - 1),
        Memory = MemoryOptions.Default with { Mode = memory },
        ConsumeFuel = consumesFuel,
        Tiered = true,
    };

    /// <summary>Whether an engine would translate as one with <see cref="Options"/> does.</summary>
    public static bool Fits(EngineOptions options) =>
        (options with { CompilationThreads = 1, AllowNativeCode = false, Memory = options.Memory with { LargePages = false } })
        == (Options(options.Memory.Mode, options.ConsumeFuel) with { CompilationThreads = 1 });

    /// <summary>Decodes, validates and translates a module; null when it has types whose classes each process must make for itself.</summary>
    /// <exception cref="CofferException">The bytes are no module, or one that is not valid or too large.</exception>
    public static ModuleTranslation? Make(ReadOnlyMemory<byte> bytes, EngineOptions options)
    {
        var engine = new Engine(options);
        var definition = ModuleDecoder.Decode(bytes, engine.Types, options.Features, options.Limits);
        foreach (var type in definition.Types)
        {
            if (type.Composite is not FunctionType) return null;
        }

        var compiled = ModuleCompiler.Compile(definition, options, engine.Layouts);
        return new ModuleTranslation(CompiledModuleWriter.WriteWithCalls(compiled), compiled.Image);
    }
}

/// <summary>A translation as it comes from the other process.</summary>
/// <param name="Record">What belongs to the code.</param>
/// <param name="ImageFile">The file of the CIL image.</param>
internal sealed record FiledTranslation(ReadOnlyMemory<byte> Record, string ImageFile);
