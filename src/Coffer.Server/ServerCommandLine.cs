using System.CommandLine;
using System.CommandLine.Invocation;
using Coffer.Server.Commands;

namespace Coffer.Server;

/// <summary>
/// The verbs of <c>coffer</c> that serve, under the names they have there: <c>coffer</c> passes its whole line on.
/// </summary>
internal static class ServerCommandLine
{
    /// <summary>Runs a command line to its end, which for a server is a signal.</summary>
    /// <returns>The exit code, of the numbers that <c>coffer --help</c> lists.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var root = new RootCommand("The part of coffer that serves; started by coffer.")
        {
            ServeCommand.Create(),
            DeployCommand.Create(),
            AppsCommand.Create(),
            RollbackCommand.Create(),
            LogsCommand.Create(),
            ProxyCommand.Create(),
            PolicyCommand.Create(),
            FilterCommand.Create(),
        };
        var result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            await error.WriteLineAsync($"error: {result.Errors[^1].Message.TrimEnd('.')}").ConfigureAwait(false);
            return ServerExit.Usage;
        }

        return await result.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // A server is stopped by a signal, and may finish what it does.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        }, cancellation).ConfigureAwait(false);
    }
}
