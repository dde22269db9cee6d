using System.Security.Cryptography.X509Certificates;
using Coffer.Edge.Dashboard;
using Coffer.Edge.Hosting;
using Coffer.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Admin;

/// <summary>
/// Administration: an API and a page, at an address of their own, by a server of its own, so that nothing of it can be reached through
/// the routes of apps.
/// </summary>
internal sealed partial class AdminServer : IAsyncDisposable
{
    private const string ApiPath = "/v1";
    private const long LongestBody = 1 << 20;
    private const long MostConnections = 256;

    private readonly WebApplication app;
    private readonly AdminGuard guard;
    private readonly ILogger logger;

    /// <param name="configuration">Where it listens.</param>
    /// <param name="token">The token of those who may.</param>
    /// <param name="services">What is administered.</param>
    /// <param name="certificate">The certificate for TLS; null for plain HTTP.</param>
    /// <param name="logging">Where messages go.</param>
    /// <exception cref="ArgumentException">The token is too short.</exception>
    public AdminServer(AdminConfiguration configuration, Secret token, AdminServices services, Func<X509Certificate2?>? certificate, ILoggerProvider logging)
    {
        logger = logging.CreateLogger("coffer.admin");
        guard = new AdminGuard(token, configuration, services.Time, logger);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(logging);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Whoever follows a log follows until he is told to leave.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
            kestrel.Listen(configuration.Listener.Address, options =>
            {
                options.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null) options.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate());
            });
        });
        builder.BoundConnections(MostConnections);
        app = builder.Build();
        app.Use(GuardAsync);
        app.UseRouting();
        var api = app.MapGroup(ApiPath);
        StatusEndpoints.Map(api, services);
        AppEndpoints.Map(api, services);
        DeploymentEndpoints.Map(api, services);
        LogEndpoints.Map(api, services, app.Lifetime.ApplicationStopping);
        StoreEndpoints.Map(api, services);
        // The usual pattern leaves out what looks like a file.
        app.MapFallback("{**path}", context => context.Request.Path.StartsWithSegments(ApiPath, StringComparison.Ordinal)
            ? Problem.WriteAsync(context, StatusCodes.Status404NotFound, "not-found", "There is nothing at this address of the API.")
            : DashboardFiles.ServeAsync(context));
    }

    /// <summary>The address that it listens at.</summary>
    public string Address => app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    public Task StartAsync(CancellationToken cancellation) => app.StartAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync().ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            SecurityHeaders.Set(context.Response.Headers);
            if (!guard.IsOurHost(context.Request))
            {
                await Problem.WriteAsync(
                    context, StatusCodes.Status421MisdirectedRequest, "wrong-host",
                    "The name in the address is none of this server's. Names that are meant go into admin.hosts of its configuration.").ConfigureAwait(false);
                return;
            }

            // All that is no file of the page, however its path is written. The page may be linked to from anywhere.
            if (!DashboardFiles.Has(context.Request.Path))
            {
                if (AdminGuard.IsForeign(context.Request))
                {
                    await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "foreign", "Requests from pages of other sites are not answered.").ConfigureAwait(false);
                    return;
                }

                if (!await guard.TryAuthorizeAsync(context).ConfigureAwait(false)) return;
            }

            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception) when (Problem.Of(exception) is { } problem)
        {
            await Problem.WriteAsync(context, problem.Status, problem.Code, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // The client has gone.
            context.Abort();
        }
        catch (Exception exception)
        {
            LogMistake(logger, exception, context.Request.Method, context.Request.Path);
            await Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "internal", "This is a mistake of the server; its log says more.").ConfigureAwait(false);
        }
    }

    [LoggerMessage(1411, LogLevel.Critical, "administration: {Method} {Path} failed by a mistake of the server")]
    private static partial void LogMistake(ILogger logger, Exception exception, string method, string path);
}
