using System.CommandLine;
using Coffer.Capabilities.Grants;
using Coffer.Edge.Ambient;
using Coffer.Edge.Apps;
using Coffer.Edge.Configuration;
using Coffer.Edge.Hosting;
using Coffer.Server.Serving;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Commands;

/// <summary><c>coffer serve</c>: an HTTP server whose handlers are modules.</summary>
internal static partial class ServeCommand
{
    public static Command Create()
    {
        var settings = new ServeOptions();
        var check = new Option<bool>("--check") { Description = "Only say whether it can be served: start nothing that listens" };
        var noReload = new Option<bool>("--no-reload") { Description = "Do not look for changes of files; SIGHUP still reads them again" };
        var command = new Command(
            "serve",
            """
            Serve HTTP by WebAssembly programs, each request in a sandbox of its own.

            With a module alone, it answers all requests. With --config, a file says which apps there are and which requests are
            theirs. Both are read again when they change; what cannot be used changes nothing, and what is wrong with it is said
            with its place.
            """)
        {
            check, noReload,
        };
        settings.AddTo(command);
        command.SetAction((result, cancellation) => RunAsync(result, settings, result.GetValue(check), !result.GetValue(noReload), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, ServeOptions settings, bool isCheck, bool isWatching, CancellationToken cancellation)
    {
        var error = result.InvocationConfiguration.Error;
        using var logging = new ConsoleLog(error);
        try
        {
            var files = new ServerFiles(settings.FileOf(result));
            var server = new EdgeServer(files, () => settings.Read(result, files), logging, settings.Native(result), Console.OpenStandardOutput());
            await using (server.ConfigureAwait(false))
            {
                if (isCheck)
                {
                    await server.CheckAsync().ConfigureAwait(false);
                    await error.WriteLineAsync($"{Path.GetFileName(files.Configuration)} can be used").ConfigureAwait(false);
                    return ServerExit.Success;
                }

                await server.StartAsync(cancellation).ConfigureAwait(false);
                // Before it is said that it listens: whoever reads that may send SIGHUP, which would end a process that does not wait for it.
                var following = FollowAsync(server, files, isWatching, logging.CreateLogger("coffer.edge"), cancellation);
                foreach (var address in server.Addresses) await error.WriteLineAsync($"listening at {address}").ConfigureAwait(false);
                if (server.Administration.Address is { } admin) await error.WriteLineAsync($"administration at {admin}").ConfigureAwait(false);
                await following.ConfigureAwait(false);
                return ServerExit.Success;
            }
        }
        catch (ConfigurationException exception)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.Usage;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.InputOutput;
        }
    }

    private static async Task FollowAsync(EdgeServer server, ServerFiles files, bool isWatching, ILogger logger, CancellationToken cancellation)
    {
        using var watch = new FileWatch(files, () => server.Files);
        await watch.FollowAsync(
            isWatching,
            async () =>
            {
                try
                {
                    await server.ReloadAsync().ConfigureAwait(false);
                    LogReloaded(logger, Path.GetFileName(files.Configuration));
                }
                catch (Exception exception) when (exception is ConfigurationException or IOException or UnauthorizedAccessException)
                {
                    LogRefused(logger, exception.Message);
                }
            },
            cancellation).ConfigureAwait(false);
    }

    [LoggerMessage(1212, LogLevel.Information, "{File} was read again")]
    private static partial void LogReloaded(ILogger logger, string file);

    [LoggerMessage(1213, LogLevel.Error, "the new configuration is not used, and the old one stays: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
