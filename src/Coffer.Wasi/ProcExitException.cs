namespace Coffer.Wasi;

/// <summary>
/// The guest called <c>proc_exit</c>. Not an error: <see cref="WasiHost.Run(Instance)"/> turns it into its result.
/// </summary>
public sealed class ProcExitException : Exception
{
    /// <summary>The guest ended itself.</summary>
    public ProcExitException(uint exitCode) => ExitCode = exitCode;

    /// <summary>The code it gave; 0 means success.</summary>
    public uint ExitCode { get; }

    /// <inheritdoc/>
    public override string Message => $"the guest exited with code {ExitCode}";
}
