using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Coffer.Cli;

/// <summary>All that a command may use of the world around it.</summary>
/// <param name="Terminal">The standard streams.</param>
/// <param name="Files">The files of the host.</param>
/// <param name="Cancellation">Cancelled when the person asks the command to stop.</param>
internal sealed record CommandContext(Terminal Terminal, HostFiles Files, CancellationToken Cancellation)
{
    private readonly IConfigurationSource? environment;
    private readonly Func<IReadOnlyList<string>, int>? server;

    /// <summary>What overrides manifests: variables such as <c>COFFER_limits__fuel</c>, unless a test passes others.</summary>
    public IConfigurationSource Environment
    {
        get => environment ?? new EnvironmentVariablesConfigurationSource { Prefix = "COFFER_" };
        init => environment = value;
    }

    /// <summary>The cache of machine code when a command does not say which; see <see cref="Settings.CacheChoice"/>.</summary>
    public string Cache { get; init; } = "off";

    /// <summary>
    /// Whether the runtime compiles methods quickly first and optimizes those that are used much: <c>DOTNET_TieredCompilation=1</c> in
    /// the environment, which is for runs of modules that are not in the cache.
    /// </summary>
    public bool HasTiers { get; init; }

    /// <summary>Where the launcher has the module of a run translated; null for nowhere. See <see cref="Standalone.LauncherFiles.TranslationVariable"/>.</summary>
    public string? Translation { get; init; }

    /// <summary>Turns the process into the server that a line is for; a test puts something else in its place.</summary>
    public Func<IReadOnlyList<string>, int> BecomeServer
    {
        get => server ?? Serving.ServerProgram.Become;
        init => server = value;
    }
}
