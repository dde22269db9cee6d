using System.CommandLine;
using Coffer.Edge.Ambient;
using Coffer.Edge.Hosting;
using Coffer.Opa;
using Coffer.Opa.AspNetCore;
using Coffer.Opa.Bundles;
using Coffer.Opa.Decisions;
using Coffer.Server.Policies;
using Coffer.Server.Proxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Commands;

/// <summary><c>coffer policy serve</c>: OPA's REST API.</summary>
internal static partial class PolicyServeCommand
{
    public static Command Create()
    {
        var source = new PolicySource();
        var address = new Option<string>(
            "--addr", "-a") { Description = "Where to listen", HelpName = "host:port", DefaultValueFactory = _ =>
                "127.0.0.1:8181" };
        var log = new Option<string?>(
            "--decision-log") { Description = "Where decisions are written as lines of JSON; - for standard output",
            HelpName = "file" };
        var masks = new Option<string[]>(
            "--mask") { Description = "A path that is not logged, such as /input/password", HelpName = "path" };
        var noReload = new Option<bool>(
            "--no-reload") { Description = "Do not look for changes of files; SIGHUP still reads them again" };
        var command = new Command(
            "serve",
            """
            Serve Open Policy Agent's REST API: decisions under /v1/data and /v0/data.

            Bundles are read again when they change. Those that cannot be used change nothing, and what is wrong with them
            is said.
            """)
        {
            address, log, masks, noReload,
        };
        source.AddTo(command);
        command.SetAction((result, cancellation) => PolicyRun.GuardAsync(result, async () =>
        {
            var output = OpenLog(result.GetValue(log));
            await using var _ = (output ?? (IAsyncDisposable)Stream.Null).ConfigureAwait(false);
            using var logging = new ConsoleLog(result.InvocationConfiguration.Error);
            var service = new DecisionService(source.Load(result), new DecisionServiceOptions
            {
                Log = output,
                Masks = [.. (result.GetValue(masks) ?? []).Select(path => new DecisionMask(path))],
                Labels = new Dictionary<string, string> { ["host"] = "coffer" },
            });
            await using var __ = service.ConfigureAwait(false);
            var application = Build(service, result.GetRequiredValue(address), logging);
            await using var ___ = application.ConfigureAwait(false);
            await application.StartAsync(cancellation).ConfigureAwait(false);
            // Before it is said that it listens: whoever reads that may send SIGHUP, which would end a process that does not wait for it.
            var following = FollowAsync(
                service, source, result, !result.GetValue(noReload), logging.CreateLogger("coffer.policy"), cancellation);
            foreach (var url in application.Urls) await result.InvocationConfiguration.Error.WriteLineAsync(
                $"listening at {url}").ConfigureAwait(false);
            await following.ConfigureAwait(false);
            return ServerExit.Success;
        }));
        return command;
    }

    private static WebApplication Build(DecisionService service, string address, ConsoleLog logging)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logging).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://{address}").ConfigureKestrel(options => options.AddServerHeader = false);
        builder.BoundConnections(Descriptors.RoomForConnections(1));
        builder.Services.AddOpa(_ => service);
        var application = builder.Build();
        application.MapOpaApi();
        return application;
    }

    private static DecisionLog? OpenLog(string? file) => file switch
    {
        null => null,
        "-" => new DecisionLog(Console.OpenStandardOutput()),
        _ => new DecisionLog(new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read)),
    };

    private static async Task FollowAsync(
        DecisionService service, PolicySource source, ParseResult result, bool isWatching, ILogger logger,
            CancellationToken cancellation)
    {
        var files = source.FilesOf(result).ToList();
        using var watch = new FileWatch(new ServerFiles(files[0]), () => files);
        await watch.FollowAsync(
            isWatching,
            () =>
            {
                try
                {
                    // Old policies end by themselves, when the last decision that needs them has been made.
                    _ = service.Swap(source.Load(result));
                    LogReloaded(logger, service.Version);
                }
                catch (Exception exception) when (
                    exception is BundleException or PolicyException or CofferException or IOException or UnauthorizedAccessException)
                {
                    LogRefused(logger, exception.Message);
                }

                return Task.CompletedTask;
            },
            cancellation).ConfigureAwait(false);
    }

    [LoggerMessage(1310, LogLevel.Warning, "the policies were read again: version {Version} decides")]
    private static partial void LogReloaded(ILogger logger, long version);

    [LoggerMessage(1311, LogLevel.Error, "the new policies are not used, and the old ones stay: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
