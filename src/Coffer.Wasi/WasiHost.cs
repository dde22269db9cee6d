using System.Runtime.ExceptionServices;
using Coffer.Capabilities.Files;
using Coffer.Wasi.Preview1;

namespace Coffer.Wasi;

/// <summary>
/// WASI 0.1 for one guest: its arguments, environment, streams, directories and clocks. For one store and the
/// stores of its threads. Disposing it closes what the guest left open.
/// </summary>
public sealed class WasiHost : IDisposable
{
    private const string Module = "wasi_snapshot_preview1";
    private const string UnstableModule = "wasi_unstable";
    private const string ThreadsModule = "wasi";
    private readonly WasiState state;

    /// <summary>Opens what the options grant.</summary>
    /// <exception cref="IOException">A granted directory or file cannot be opened.</exception>
    /// <exception cref="InvalidDataException">A granted archive is damaged, or refused for what it holds.</exception>
    /// <exception cref="ArgumentException">
    /// An argument or a variable cannot be passed to a guest, or a granted file cannot be where its grant says.
    /// </exception>
    public WasiHost(WasiOptions? options = null) => state = new WasiState(options ?? new WasiOptions());

    /// <summary>For a system that is not this one: with directories that are open already, instead of those granted.</summary>
    internal WasiHost(WasiOptions options, IReadOnlyList<GrantedDirectory> directories) =>
        state = new WasiState(options, directories);

    /// <summary>
    /// Defines the functions of <c>wasi_snapshot_preview1</c>, and those of <c>wasi_unstable</c>, its predecessor,
    /// which differ in numbers and layouts only; and <c>thread-spawn</c> of <c>wasi</c>, which instantiates the module once
    /// more from the same linker, so that all it imports but functions of the host and shared memories
    /// (<see cref="Linker.DefineSharedMemories"/>) keeps it from having threads.
    /// </summary>
    public Linker AddTo(Linker linker)
    {
        return Define(linker, _ => state);
    }

    /// <summary>
    /// Defines the same functions for any number of guests: each call is served by the host that was attached to the store
    /// of its caller (<see cref="Attach"/>). So a linker, and what <see cref="Linker.InstantiatePre"/> makes of it, serves
    /// a process.
    /// </summary>
    /// <example>
    /// <code>
    /// var pre = WasiHost.AddFunctionsTo(new Linker()).InstantiatePre(module);
    /// …
    /// using var store = new Store(engine);
    /// using var wasi = new WasiHost(options);
    /// wasi.Attach(store);
    /// wasi.Run(pre.Instantiate(store));
    /// </code>
    /// </example>
    public static Linker AddFunctionsTo(Linker linker) => Define(linker, caller =>
        caller.Store.GetHostState<WasiHost>()?.state
            ?? throw new LinkException($"the guest calls WASI, but no {nameof(WasiHost)} was attached to its store"));

    /// <summary>Lets this host serve the guest of a store, and of the stores of its threads made from then on.</summary>
    public void Attach(Store store)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.SetHostState(this);
    }

    private static Linker Define(Linker linker, Func<Caller, WasiState> stateOf)
    {
        ArgumentNullException.ThrowIfNull(linker);
        Define(linker, Module, caller => stateOf(caller).Functions, isUnstable: false);
        Define(linker, UnstableModule, caller => stateOf(caller).UnstableFunctions, isUnstable: true);
        return linker.DefineLazily(
            ThreadsModule, "thread-spawn",
            () => (Caller caller, int argument) => stateOf(caller).Threads.Spawn(caller, linker, argument));
    }

    private static void Define(Linker linker, string module, Func<Caller, GuestFunctions> functionsOf, bool isUnstable)
    {
        var calls = new CallTable(functionsOf);
        var functions = new FunctionTable(calls, isUnstable);
        functions.Define();
        foreach (var name in calls.Names) linker.DefineLazily(module, name, () => calls.Make(name, functions.Define));
    }

    /// <summary>
    /// Whether the guest has other descriptors than it was given: has opened, closed or renumbered some. To tell whether
    /// an instance depends on them.
    /// </summary>
    public bool HasChangedDescriptors => state.Descriptors.HasChanged;

    /// <summary>
    /// Runs a program: calls its <c>_start</c>. When that ends, all its threads end; when one of those exits or fails, that
    /// is the end of the program, and the store stays interrupted.
    /// </summary>
    /// <returns>The code it exited with, 0 when it returned.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no function <c>_start</c>.</exception>
    /// <exception cref="TrapException">The guest trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    public uint Run(Instance instance) => Run(instance, "_start");

    /// <summary>
    /// Runs a function of a guest that takes and returns nothing as <see cref="Run(Instance)"/> runs <c>_start</c>: one of a
    /// reactor, whose <c>_initialize</c> has been called before.
    /// </summary>
    /// <returns>The code it exited with, 0 when it returned.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no such function.</exception>
    /// <exception cref="TrapException">The guest trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    public uint Run(Instance instance, string function)
    {
        ArgumentNullException.ThrowIfNull(instance);
        ExceptionDispatchInfo? failure = null;
        var exitCode = 0U;
        try
        {
            instance.GetAction(function)();
        }
        catch (ProcExitException exit)
        {
            exitCode = exit.ExitCode;
        }
        catch (Exception exception)
        {
            failure = ExceptionDispatchInfo.Capture(exception);
        }

        var outcome = state.Threads.End();
        state.Flush();
        // What a thread came to before is why the first one was cancelled.
        if (failure?.SourceException is ExhaustionException { Kind: ExhaustionKind.Cancelled } && outcome is not null)
        {
            if (outcome is ProcExitException exit) return exit.ExitCode;
            failure = ExceptionDispatchInfo.Capture(outcome);
        }

        failure?.Throw();
        return exitCode;
    }

    /// <summary>Flushes the standard streams and closes the guest's files.</summary>
    public void Dispose() => state.Dispose();
}
