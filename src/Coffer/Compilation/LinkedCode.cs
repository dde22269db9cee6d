using System.Reflection;
using Coffer.Binary;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>What the code of a program's module was compiled for.</summary>
[Flags]
internal enum LinkedTraits
{
    /// <summary>Nothing out of the ordinary.</summary>
    None = 0,
    /// <summary>It consumes fuel.</summary>
    ConsumesFuel = 1,
    /// <summary>Its loops can be interrupted.</summary>
    Interruptible = 2,
    /// <summary>It checks all accesses to memory itself.</summary>
    ChecksMemory = 4,
}

/// <summary>
/// The code of a module that was made part of a program when that was built, so that it needs no compiler at run time.
/// The image has one class derived from this; <c>Embedding.LinkedWriter</c> writes it.
/// </summary>
internal abstract class LinkedCode : ModuleCode
{
    /// <summary>How many entry points are filled in at a time: those that nobody asks for cost nothing.</summary>
    public const int RowsPerBlock = 256;

    private readonly LinkedTraits traits;
    private readonly string engine;
    private readonly Lock gate = new();
    private nint[] pointers = [];
    private bool[] filled = [];
    private Dictionary<nint, int>? rows;
    private LinkedSignatures signatures = LinkedSignatures.None;

    /// <summary>To be called by the image, with data that stays where it is as long as the process lives.</summary>
    protected LinkedCode(nint module, int moduleLength, nint record, int recordLength, long features, int traits, string engine)
    {
        Module = new StaticMemory(module, moduleLength).Memory;
        Record = new StaticMemory(record, recordLength).Memory;
        Features = (Features)features;
        this.traits = (LinkedTraits)traits;
        this.engine = engine;
    }

    /// <summary>What tells builds of the engine apart, for code that relies on its internals.</summary>
    public static string EngineIdentity => $"{typeof(Engine).Assembly.ManifestModule.ModuleVersionId:N}";

    /// <summary>The module in the binary format.</summary>
    public ReadOnlyMemory<byte> Module { get; }

    /// <summary>What <see cref="CompiledModuleWriter"/> wrote.</summary>
    public ReadOnlyMemory<byte> Record { get; }

    /// <summary>The features that it was validated with.</summary>
    public Features Features { get; }

    /// <summary>The options of an engine that can run the code.</summary>
    public EngineOptions Options => new()
    {
        Features = Features,
        ConsumeFuel = traits.HasFlag(LinkedTraits.ConsumesFuel),
        Interruptible = traits.HasFlag(LinkedTraits.Interruptible),
        Memory = traits.HasFlag(LinkedTraits.ChecksMemory) ? MemoryOptions.Default with { Mode = MemoryMode.Checked } : MemoryOptions.Default,
    };

    /// <summary>What code for an engine with some options is like.</summary>
    public static LinkedTraits TraitsOf(EngineOptions options) => (options.ConsumeFuel ? LinkedTraits.ConsumesFuel : 0)
        | (options.Interruptible ? LinkedTraits.Interruptible : 0)
        | (options.Memory.Mode == MemoryMode.Checked ? LinkedTraits.ChecksMemory : 0);

    /// <summary>Throws unless an engine with some options can run the code.</summary>
    /// <exception cref="InvalidOperationException">It cannot.</exception>
    public void RequireFit(EngineOptions options, string name)
    {
        var reason = options.ConsumeFuel != traits.HasFlag(LinkedTraits.ConsumesFuel)
            ? $"with {nameof(EngineOptions.ConsumeFuel)} = {(options.ConsumeFuel ? "false" : "true")}"
            : options.Interruptible && !traits.HasFlag(LinkedTraits.Interruptible)
                ? $"with {nameof(EngineOptions.Interruptible)} = false"
                // In a program of machine code all is of one build, and no such identity is left.
                : typeof(Engine).Assembly.ManifestModule.HasModuleVersionId() && engine != EngineIdentity
                    ? "of another build; build the program anew"
                    : null;
        if (reason is not null) throw new InvalidOperationException($"The module \"{name}\" was built for an engine {reason}.");
    }

    /// <summary>Called once it is known what the module declares.</summary>
    public void Begin(ModuleDefinition definition, int methods)
    {
        lock (gate)
        {
            if (pointers.Length > 0) return;
            signatures = LinkedSignatures.Of(definition);
            filled = new bool[(methods + RowsPerBlock - 1) / RowsPerBlock];
            pointers = new nint[methods];
        }

        DefineHostThunks();
    }

    /// <inheritdoc/>
    public override nint Pointer(int row)
    {
        var block = row / RowsPerBlock;
        if (!Volatile.Read(ref filled[block]))
        {
            Fill(block, pointers);
            Volatile.Write(ref filled[block], true);
        }

        return pointers[row];
    }

    /// <summary>The row of the method with an entry point; -1 when there is none.</summary>
    public int RowAt(nint pointer)
    {
        lock (gate)
        {
            if (rows is null)
            {
                rows = new Dictionary<nint, int>(pointers.Length);
                for (var row = 0; row < pointers.Length; row++) rows.TryAdd(Pointer(row), row);
            }

            return rows.GetValueOrDefault(pointer, -1);
        }
    }

    /// <summary>A delegate that calls a function of the module; null when none of the type was made for functions like it.</summary>
    public Delegate? FindDelegate(FuncRef function, Type delegateType)
    {
        var index = signatures.Exports.IndexOf(function.FunctionType);
        if (index < 0) return null;
        var made = CreateDelegate(index, function);
        return made.GetType() == delegateType ? made : null;
    }

    /// <summary>One of <see cref="LinkedSignatures.Imports"/>.</summary>
    public FunctionType ImportType(int index) => signatures.Imports[index];

    /// <summary>Puts the entry points of a block of methods into their places.</summary>
    protected abstract void Fill(int block, nint[] pointers);

    /// <summary>Makes the delegate for a function whose type is one of <see cref="LinkedSignatures.Exports"/>.</summary>
    protected abstract Delegate CreateDelegate(int signature, FuncRef function);

    /// <summary>Makes known the thunks for <see cref="LinkedSignatures.Imports"/>.</summary>
    protected abstract void DefineHostThunks();
}
