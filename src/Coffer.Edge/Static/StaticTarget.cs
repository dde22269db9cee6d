using Coffer.Edge.Configuration;
using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coffer.Edge.Static;

/// <summary>Serves the files of a folder, with what clients ask of them: ranges, and whether they have changed.</summary>
internal sealed class StaticTarget : RouteTarget, IDisposable
{
    private readonly StaticConfiguration configuration;
    private readonly FolderFiles files;
    private readonly StaticFileMiddleware middleware;

    /// <exception cref="IOException">The folder cannot be opened.</exception>
    public StaticTarget(StaticConfiguration configuration, string folder, IWebHostEnvironment environment, ILoggerFactory loggers)
    {
        this.configuration = configuration;
        files = new FolderFiles(folder);
        middleware = new StaticFileMiddleware(NotFoundAsync, environment, Options.Create(new StaticFileOptions
        {
            FileProvider = files,
            ServeUnknownFileTypes = true,
            DefaultContentType = "application/octet-stream",
            OnPrepareResponse = Prepare,
        }), loggers);
    }

    public override Task ServeAsync(HttpContext context, RouteMatch match)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }

        var path = match.Rest;
        if (files.IsFolder(path))
        {
            // From there relative links lead to where they are meant to.
            if (path is not [.., '/'])
            {
                context.Response.Redirect(new PathString(match.Prefix + path + "/").ToUriComponent() + context.Request.QueryString, permanent: true);
                return Task.CompletedTask;
            }

            path += configuration.Index;
        }

        context.Request.Path = path;
        return middleware.Invoke(context);
    }

    /// <summary>Closes the folder.</summary>
    public void Dispose() => files.Dispose();

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There is nothing here.\n");
    }

    private void Prepare(StaticFileResponseContext context)
    {
        var headers = context.Context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (configuration.MaximumAge is { } age) headers.CacheControl = $"public, max-age={(long)age.TotalSeconds}";
    }
}
