using Coffer.Edge.Routing;
using Coffer.Edge.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Hosting;

/// <summary>The way of every request: to what its route says.</summary>
internal sealed class RequestPath(RouteBook routes, LineLog lines, TimeProvider time)
{
    private readonly RequestLog log = new(lines, time);

    public Task InvokeAsync(HttpContext context) => lines.IsWanted ? log.InvokeAsync(context, ServeAsync) : ServeAsync(context);

    private Task ServeAsync(HttpContext context)
    {
        // An answer of success would be the beginning of a tunnel for everything between (RFC 9110, section 9.3.6).
        if (HttpMethods.IsConnect(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            return Task.CompletedTask;
        }

        if (routes.Table.Find(context.Request, out var otherMethods) is { } route)
        {
            return route.Target.ServeAsync(context, new RouteMatch(route, context));
        }

        if (otherMethods.Count > 0)
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = string.Join(", ", otherMethods);
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There is nothing here.\n");
    }
}
