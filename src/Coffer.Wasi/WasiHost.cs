using Coffer.Wasi.Preview1;

namespace Coffer.Wasi;

/// <summary>
/// WASI 0.1 for one guest: its arguments, environment, streams, directories and clocks. Used by one thread at a time,
/// with one store. Disposing it closes what the guest left open.
/// </summary>
public sealed class WasiHost : IDisposable
{
    private const string Module = "wasi_snapshot_preview1";
    private const string UnstableModule = "wasi_unstable";
    private readonly WasiState state;

    /// <summary>Opens what the options grant.</summary>
    /// <exception cref="IOException">A granted directory or file cannot be opened.</exception>
    /// <exception cref="InvalidDataException">A granted archive is damaged, or refused for what it holds.</exception>
    /// <exception cref="ArgumentException">
    /// An argument or a variable cannot be passed to a guest, or a granted file cannot be where its grant says.
    /// </exception>
    public WasiHost(WasiOptions? options = null) => state = new WasiState(options ?? new WasiOptions());

    /// <summary>
    /// Defines the functions of <c>wasi_snapshot_preview1</c>, and those of <c>wasi_unstable</c>, its predecessor,
    /// which differ in numbers and layouts only.
    /// </summary>
    public Linker AddTo(Linker linker)
    {
        ArgumentNullException.ThrowIfNull(linker);
        new FunctionTable(linker, Module, state, isUnstable: false).Define();
        new FunctionTable(linker, UnstableModule, state, isUnstable: true).Define();
        return linker;
    }

    /// <summary>Runs a program: calls its <c>_start</c>.</summary>
    /// <returns>The code it exited with, 0 when it returned.</returns>
    /// <exception cref="KeyNotFoundException">The module exports no function <c>_start</c>.</exception>
    /// <exception cref="TrapException">The guest trapped.</exception>
    /// <exception cref="ExhaustionException">A limit of the store was reached.</exception>
    public uint Run(Instance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        try
        {
            instance.GetAction("_start")();
            return 0;
        }
        catch (ProcExitException exit)
        {
            return exit.ExitCode;
        }
        finally
        {
            state.Flush();
        }
    }

    /// <summary>Flushes the standard streams and closes the guest's files.</summary>
    public void Dispose() => state.Dispose();
}
