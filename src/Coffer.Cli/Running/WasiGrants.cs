using Coffer.Capabilities.Grants;
using Coffer.Cli.Audit;
using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Cli.Running;

/// <summary>WASI for one run: what the person granted, and the streams of the command.</summary>
internal static class WasiGrants
{
    /// <summary>Whether a module wants anything of WASI 0.1.</summary>
    public static bool AreWanted(Module module)
    {
        foreach (var import in module.Imports)
        {
            if (Offers(import)) return true;
        }

        return false;
    }

    /// <summary>Whether an import is of a module of WASI 0.1.</summary>
    public static bool Offers(ImportInfo import) => import.Module is "wasi_snapshot_preview1" or "wasi_unstable" or "wasi";

    /// <summary>Throws unless everything that a module imports is of WASI 0.1, or made for it: executables have nothing else.</summary>
    /// <exception cref="CommandFailure">It imports something else.</exception>
    public static void RequireAllOffered(string file, Module module)
    {
        foreach (var import in module.Imports)
        {
            if (Offers(import) || import is { Kind: ExternalKind.Memory, Type: MemoryType { Limits.IsShared: true } }) continue;
            throw new CommandFailure(
                ExitCode.Link, $"{file} imports {import.Kind.ToString().ToLowerInvariant()} \"{import.Module}\" \"{import.Name}\", which no executable offers",
                "only what WASI 0.1 has can be imported");
        }
    }

    /// <summary>Opens everything for one run.</summary>
    /// <exception cref="CommandFailure">A folder, a file or an archive cannot be opened.</exception>
    public static WasiHost Open(CommandContext context, RunSettings settings, GuestAudit audit)
    {
        var terminal = context.Terminal;
        var arguments = new Grant[settings.Invoke is null ? settings.Arguments.Count : 0];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = new ArgumentGrant(settings.Arguments[i]);
        try
        {
            return new WasiHost(new WasiOptions
            {
                // The folder is no business of the guest.
                ProgramName = Path.GetFileName(settings.File),
                Capabilities = settings.Capabilities.With(arguments),
                Quotas = settings.Quotas,
                HostFolder = context.Files.Folder,
                // What it finds out is for the trail.
                RootWitness = audit.Trail is not null,
                StandardInput = terminal.Input,
                StandardOutput = audit.StandardOutput,
                StandardError = audit.StandardError,
                Audit = audit.Trail,
                Run = audit.Run,
                Cancellation = context.Cancellation,
                Terminals = (terminal.InputIsTerminal ? TerminalStreams.Input : 0)
                    | (terminal.OutputIsTerminal ? TerminalStreams.Output : 0)
                    | (terminal.ErrorIsTerminal ? TerminalStreams.Error : 0),
            });
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException)
        {
            throw new CommandFailure(ExitCode.InputOutput, exception.Message, inner: exception);
        }
    }
}
