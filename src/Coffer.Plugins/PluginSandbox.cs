using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text;
using Coffer.Plugins.Extism;
using Coffer.Plugins.Running;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins;

/// <summary>
/// One sandbox of a plugin, as functions that the host offers see it: its store and instance, and the blocks in which it
/// exchanges bytes with the host. To be used during the call only, by the thread that is in it.
/// </summary>
#pragma warning disable CA1001 // Its version disposes it: functions of the host that see it must not.
public sealed class PluginSandbox
#pragma warning restore CA1001
{
    [ThreadStatic]
    private static PluginSandbox? ofThread;

    private readonly PluginVersion version;
    private readonly PrintedLines? output;
    private readonly PrintedLines? errors;
    private readonly WasiHost? wasi;
    private readonly Dictionary<string, PluginExport> exports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Delegate> delegates = new(StringComparer.Ordinal);
    private Instance? instance;
    private int interruption;

    internal PluginSandbox(PluginVersion version)
    {
        this.version = version;
        var limits = version.Options.Limits;
        Store = new Store(version.Engine, version.StoreLimits) { Data = this };
        Kernel = new ExtismKernel(version.Options);
        Log = new PluginLog(version.Logger, version.Plugin, limits.LogBytes);
        if (!version.Graph.UsesWasi) return;
        output = new PrintedLines(Log, LogLevel.Information, limits.OutputBytes);
        errors = new PrintedLines(Log, LogLevel.Warning, limits.OutputBytes);
        wasi = new WasiHost(new WasiOptions
        {
            Capabilities = version.Options.Grants,
            Audit = version.Options.Audit,
            ProgramName = version.Plugin,
            StandardOutput = output,
            StandardError = errors,
        });
        wasi.Attach(Store);
    }

    /// <summary>The store.</summary>
    public Store Store { get; }

    /// <summary>The instance of the main module.</summary>
    public Instance Instance => instance ?? throw new InvalidOperationException("The plugin is still being instantiated.");

    /// <summary>How the plugin is run.</summary>
    public PluginOptions Options => version.Options;

    /// <summary>The name of the plugin.</summary>
    public string Plugin => version.Plugin;

    /// <summary>What the caller passed with the call, for functions of the host that serve it.</summary>
    public object? HostContext { get; private set; }

    /// <summary>The sandbox that this thread is in, innermost; null when it is in none.</summary>
    internal static PluginSandbox? OfThread
    {
        get => ofThread;
        set => ofThread = value;
    }

    internal ExtismKernel Kernel { get; }

    internal PluginLog Log { get; }

    /// <summary>The number of the version that it serves.</summary>
    internal long Version { get; set; }

    internal bool IsStarted { get; private set; }

    internal int Calls { get; private set; }

    /// <summary>The sandbox that called a function of the host.</summary>
    /// <exception cref="InvalidOperationException">It was called by no plugin.</exception>
    public static PluginSandbox Of(Caller caller) => caller.Store.Data as PluginSandbox
        ?? throw new InvalidOperationException("The caller is no plugin.");

    /// <summary>The bytes of the block that begins at an offset.</summary>
    /// <exception cref="TrapException">None begins there: the call ends.</exception>
    public byte[] ReadBlock(long offset) => Kernel.Memory.TryRead(offset, out var content)
        ? content.ToArray()
        : throw new TrapException(TrapKind.MemoryOutOfBounds);

    /// <summary>The text of the block that begins at an offset.</summary>
    /// <exception cref="TrapException">None begins there: the call ends.</exception>
    public string ReadText(long offset) => Kernel.ReadText(offset);

    /// <summary>Makes a block, and gives its offset.</summary>
    /// <exception cref="ExhaustionException">The plugin's memory has no room for it.</exception>
    public long StoreBlock(ReadOnlySpan<byte> content)
    {
        var offset = Kernel.Memory.Store(content);
        return offset != 0 || content.IsEmpty
            ? offset
            : throw new ExhaustionException(ExhaustionKind.StoreLimit, $"a block of {content.Length} bytes does not fit in the plugin's memory (MemoryBytes: {Options.Limits.MemoryBytes})");
    }

    /// <summary>Makes a block of text, and gives its offset.</summary>
    /// <exception cref="ExhaustionException">The plugin's memory has no room for it.</exception>
    public long StoreText(string text) => StoreBlock(Encoding.UTF8.GetBytes(text));

    /// <summary>An exported function as a delegate; the sandbox keeps it for later calls.</summary>
    /// <exception cref="PluginException">There is none of this name, or it has another type.</exception>
    public TDelegate GetFunction<TDelegate>(string name) where TDelegate : Delegate
    {
        if (delegates.TryGetValue(name, out var known) && known is TDelegate kept) return kept;
        var function = Instance.FindFunction(name) ?? throw PluginExport.Missing(Plugin, Instance, name);
        try
        {
            var made = function.CreateDelegate<TDelegate>();
            delegates[name] = made;
            return made;
        }
        catch (ArgumentException exception)
        {
            throw new PluginException(PluginFailure.NoFunction, Plugin, $"the function \"{name}\" has another type: {exception.Message}", exception) { Version = Version };
        }
    }

    /// <summary>Instantiates the modules and initializes their languages.</summary>
    internal void Start()
    {
        instance = version.Graph.Instantiate(Store);
        IsStarted = true;
    }

    /// <summary>Ends the call that is under way; the sandbox is not used again. The first reason counts.</summary>
    internal void Interrupt(Interruption why)
    {
        if (Interlocked.CompareExchange(ref interruption, (int)why, (int)Interruption.None) == (int)Interruption.None) Store.Interrupt();
    }

    /// <summary>Why the call was ended, given what it failed with; null when it did not.</summary>
    internal Interruption InterruptionOf(Exception? failure)
    {
        var why = (Interruption)Volatile.Read(ref interruption);
        if (why != Interruption.None || failure is null) return why;
        // Functions of the host that wait for the store's token fail in ways of their own.
        var isLate = failure is ExhaustionException { Kind: ExhaustionKind.Deadline }
            || (failure is not CofferException && Store.InterruptToken.IsCancellationRequested);
        return isLate ? Interruption.Deadline : Interruption.None;
    }

    internal void Begin(object? hostContext)
    {
        Calls++;
        HostContext = hostContext;
        Log.Begin();
        output?.Begin();
        errors?.Begin();
        if (version.Options.Limits.Fuel is { } fuel) Store.Fuel = fuel;
    }

    internal void End()
    {
        HostContext = null;
        output?.End();
        errors?.End();
    }

    /// <summary>Calls a function by Extism's convention: its input and output are blocks, its result is zero.</summary>
    internal byte[] Call(string function, ReadOnlySpan<byte> input)
    {
        try
        {
            return Answer(function, input).ToArray();
        }
        finally
        {
            Kernel.Clear();
        }
    }

    /// <summary>The same, with an answer that is written elsewhere.</summary>
    /// <param name="output">Gets the answer.</param>
    /// <param name="function">The name of the function.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="thrown">What the output has thrown, which is not the plugin's.</param>
    /// <returns>The length of the answer.</returns>
    internal int CallInto(IBufferWriter<byte> output, string function, ReadOnlySpan<byte> input, out ExceptionDispatchInfo? thrown)
    {
        thrown = null;
        try
        {
            var answer = Answer(function, input);
            try
            {
                output.Write(answer);
            }
#pragma warning disable CA1031 // The caller's own: it is thrown to it when the sandbox has been given back.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
            }

            return answer.Length;
        }
        finally
        {
            Kernel.Clear();
        }
    }

    /// <summary>A module that begins where this sandbox is.</summary>
    internal byte[] TakeSnapshot(string[] withoutExports) => wasi is { HasChangedDescriptors: true }
        ? throw new SnapshotException("it has opened or closed files at its start, which a module cannot begin with (StartsInitialized)")
        : ModuleSnapshot.Take(Instance, withoutExports);

    internal void Dispose()
    {
        wasi?.Dispose();
        Store.Dispose();
    }

    /// <summary>What a function answers, until the kernel forgets the call.</summary>
    private ReadOnlySpan<byte> Answer(string function, ReadOnlySpan<byte> input)
    {
        Kernel.Begin(input);
        var result = Export(function).Invoke();
        if (Kernel.ErrorText() is { } error) throw new PluginException(PluginFailure.Refused, Plugin, error) { Version = Version };
        if (result != 0) throw new PluginException(PluginFailure.Refused, Plugin, $"{function} returned {result}") { Version = Version };
        return Kernel.Output;
    }

    private PluginExport Export(string function)
    {
        if (exports.TryGetValue(function, out var export)) return export;
        export = PluginExport.Find(Plugin, Instance, function);
        exports.Add(function, export);
        return export;
    }
}
