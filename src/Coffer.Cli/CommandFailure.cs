namespace Coffer.Cli;

/// <summary>A command cannot go on, for a reason outside of the engine.</summary>
internal sealed class CommandFailure(int exitCode, string message, string? remedy = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What the process returns.</summary>
    public int ExitCode => exitCode;

    /// <summary>What the person can do about it, or null.</summary>
    public string? Remedy => remedy;

    /// <summary>The command line is wrong.</summary>
    public static CommandFailure Usage(string message, string? remedy = null) =>
        new(Cli.ExitCode.Usage, message, remedy);
}
