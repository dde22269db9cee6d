using System.Security.Cryptography;
using Coffer.Wasi;

namespace Coffer.Cli.Running;

/// <summary>What the person grants a guest by options, besides the standard streams, clocks and randomness.</summary>
internal static class WasiGrants
{
    private const string ReadOnlySuffix = ":ro";

    /// <summary>Reads <c>HOST[::GUEST][:ro]</c>; null when it names nothing.</summary>
    public static PreopenedDirectory? ParseDirectory(string text)
    {
        var isReadOnly = text.EndsWith(ReadOnlySuffix, StringComparison.Ordinal);
        if (isReadOnly) text = text[..^ReadOnlySuffix.Length];
        var separator = text.IndexOf("::", StringComparison.Ordinal);
        var host = separator < 0 ? text : text[..separator];
        var guest = separator < 0 ? text : text[(separator + 2)..];
        return host.Length == 0 || guest.Length == 0 ? null : new PreopenedDirectory(host, guest, isReadOnly);
    }

    /// <summary>Reads <c>NAME=VALUE</c>; null when it is not that.</summary>
    public static KeyValuePair<string, string>? ParseVariable(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals <= 0 ? null : KeyValuePair.Create(text[..equals], text[(equals + 1)..]);
    }

    /// <summary>Whether a module wants anything of WASI 0.1.</summary>
    public static bool AreWanted(Module module) =>
        module.Imports.Any(import => import.Module is "wasi_snapshot_preview1" or "wasi_unstable");

    /// <summary>Opens everything for one run.</summary>
    public static WasiHost Open(CommandContext context, RunSettings settings)
    {
        var terminal = context.Terminal;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in settings.Environment) environment[name] = value;
        return new WasiHost(new WasiOptions
        {
            // The folder is no business of the guest.
            Arguments = [Path.GetFileName(settings.File), .. settings.Invoke is null ? settings.Arguments : []],
            Environment = environment,
            StandardInput = terminal.Input,
            StandardOutput = terminal.OutputStream,
            StandardError = terminal.ErrorStream,
            Terminals = (terminal.InputIsTerminal ? TerminalStreams.Input : 0)
                | (terminal.OutputIsTerminal ? TerminalStreams.Output : 0)
                | (terminal.ErrorIsTerminal ? TerminalStreams.Error : 0),
            Directories = [.. settings.Directories.Select(
                directory => directory with { HostPath = context.Files.FindDirectory(directory.HostPath) })],
            Clock = TimeProvider.System,
            Random = RandomNumberGenerator.Fill,
        });
    }
}
