using System.CommandLine;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.Edge.Hosting;
using Coffer.Server.Proxy;
using Coffer.Server.Proxy.Configuration;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Commands;

/// <summary><c>coffer proxy</c>: a reverse proxy with filters, by a configuration.</summary>
internal static partial class ProxyCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The configuration, a file of JSON", HelpName = "file", Required = true };
        var check = new Option<bool>("--check") { Description = "Only say whether the configuration can be used: start nothing that listens" };
        var noReload = new Option<bool>("--no-reload") { Description = "Do not look for changes of files; SIGHUP still reads the configuration again" };
        var cache = CacheOption.Create();
        var command = new Command(
            "proxy",
            """
            Serve HTTP and TCP through proxy-wasm and http-wasm filters, as a reverse proxy.

            The configuration, and the modules that it names, are read again when they change. One that cannot be used
            changes nothing; what is wrong with it is said with its place.
            """)
        {
            config, check, noReload, cache,
        };
        command.SetAction((result, cancellation) =>
            RunAsync(result, result.GetRequiredValue(config), result.GetValue(cache), result.GetValue(check), !result.GetValue(noReload), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult result, string config, string? cache, bool isCheck, bool isWatching, CancellationToken cancellation)
    {
        var error = result.InvocationConfiguration.Error;
        using var logging = new ConsoleLog(error);
        var (engine, compile) = CacheOption.Read(cache, warning => error.WriteLine($"warning: {warning}"));
        var server = new ProxyServer(new ServerFiles(config), new FilterModules(engine, compile), logging, Console.OpenStandardOutput());
        await using (server.ConfigureAwait(false))
        {
            try
            {
                if (isCheck)
                {
                    await server.CheckAsync().ConfigureAwait(false);
                    await error.WriteLineAsync($"{Path.GetFileName(config)} can be used").ConfigureAwait(false);
                    return ServerExit.Success;
                }

                await server.StartAsync(cancellation).ConfigureAwait(false);
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

            // Before it is said that it listens: whoever reads that may send SIGHUP, which would end a process that does not wait for it.
            var serving = ServeAsync(server, config, isWatching, logging.CreateLogger("coffer.proxy"), cancellation);
            foreach (var address in server.Addresses) await error.WriteLineAsync($"listening at {address}").ConfigureAwait(false);
            await serving.ConfigureAwait(false);
            return ServerExit.Success;
        }
    }

    private static async Task ServeAsync(ProxyServer server, string config, bool isWatching, ILogger logger, CancellationToken cancellation)
    {
        using var watch = new FileWatch(new ServerFiles(config), () => server.Files);
        await watch.FollowAsync(
            isWatching,
            async () =>
            {
                try
                {
                    await server.ReloadAsync().ConfigureAwait(false);
                    LogReloaded(logger, config);
                }
                catch (Exception exception) when (exception is ConfigurationException or IOException or UnauthorizedAccessException)
                {
                    LogRefused(logger, exception.Message);
                }
            },
            cancellation).ConfigureAwait(false);
    }

    [LoggerMessage(1210, LogLevel.Information, "{Config} was read again")]
    private static partial void LogReloaded(ILogger logger, string config);

    [LoggerMessage(1211, LogLevel.Error, "the new configuration is not used, and the old one stays: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
