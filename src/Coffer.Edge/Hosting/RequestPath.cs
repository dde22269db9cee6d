using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Http;

namespace Coffer.Edge.Hosting;

/// <summary>The way of every request: to what its route says.</summary>
internal sealed class RequestPath(RouteBook routes)
{
    public Task InvokeAsync(HttpContext context)
    {
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
