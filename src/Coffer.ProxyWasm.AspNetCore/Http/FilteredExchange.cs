using System.Globalization;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>One request of ASP.NET on its way through a chain.</summary>
internal sealed class FilteredExchange
{
    private readonly HttpContext context;
    private readonly HttpExchange exchange;
    private readonly HttpFilterChain chain;

    public FilteredExchange(HttpContext context, IReadOnlyList<FilterSlot> filters, HostProperties host)
    {
        this.context = context;
        exchange = new HttpExchange(new RequestHeaderMap(context.Request), new HttpProperties(context, host));
        chain = new HttpFilterChain(filters, exchange);
    }

    /// <summary>Takes the request through the filters to <paramref name="next"/>, and the response back.</summary>
    public async Task RunAsync(RequestDelegate next)
    {
        try
        {
            BodySource? body = RequestBodySource.CanHaveBody(context) ? new RequestBodySource(context, exchange).ReadAsync : null;
            if (await chain.ShowRequestAsync(body, context.RequestAborted).ConfigureAwait(false)) await PassAsync(next, body).ConfigureAwait(false);
            if (exchange.IsReset) context.Abort();
            else if (exchange.TakeLocal() is { } local && !context.Response.HasStarted) await RespondAsync(local).ConfigureAwait(false);
        }
        finally
        {
            await chain.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task PassAsync(RequestDelegate next, BodySource? body)
    {
        var original = context.Request.Body;
        // Where no filter wants to see the body it is left as it is.
        if (chain.RequestBody is { } filtered && filtered != body) context.Request.Body = new FilteredRequestStream(filtered, exchange);
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var response = Watch(inner);
        try
        {
            await next(context).ConfigureAwait(false);
            if (response is not null) await response.CompleteAsync().ConfigureAwait(false);
            // What was written and not sent yet has headers that the filters are to see before they are closed.
            else if (chain.WantsResponseHeaders && !exchange.IsAnswered && !context.Response.HasStarted) await context.Response.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (response is not null) await response.FailAsync(exception).ConfigureAwait(false);
            // Whoever was to answer could not read on, because a filter has answered: that is no failure.
            if (exchange is not { IsAnswered: true, HasResponded: false }) throw;
        }
        finally
        {
            context.Features.Set(inner);
            context.Request.Body = original;
        }
    }

    // Headers alone are changed just before they are sent, which costs nothing beside; what can be replaced goes by a pipe.
    private FilteredResponse? Watch(IHttpResponseBodyFeature inner)
    {
        if (chain.WantsResponseBody || chain.CanReplaceResponse)
        {
            var response = new FilteredResponse(context, chain, inner);
            context.Features.Set<IHttpResponseBodyFeature>(response);
            return response;
        }

        if (chain.WantsResponseHeaders) context.Response.OnStarting(static state => ((FilteredExchange)state).ShowHeadersAsync(), this);
        return null;
    }

    private async Task ShowHeadersAsync()
    {
        if (exchange.ResponseHeaders is not null) return;
        exchange.ResponseHeaders = new ResponseHeaderMap(context.Response);
        var goesOn = await chain.ShowResponseAsync(null, context.RequestAborted).ConfigureAwait(false);
        exchange.HasResponded = true;
        if (!goesOn) throw new InvalidOperationException("A filter has failed, and responses do not pass without it.");
    }

    private async Task RespondAsync(LocalResponse local)
    {
        Write(local);
        exchange.ResponseHeaders = new ResponseHeaderMap(context.Response);
        var isEmpty = context.Response.ContentLength == 0;
        var body = local.Body;
        var isRead = false;
        BodySource source = _ =>
        {
            var piece = new BodyPiece(isRead ? default : body, IsLast: true);
            isRead = true;
            return new(piece);
        };
        if (!await chain.ShowResponseAsync(isEmpty ? null : source, context.RequestAborted).ConfigureAwait(false))
        {
            if (exchange.TakeLocal() is not { } other)
            {
                context.Abort();
                return;
            }

            // An answer to an answer is the last.
            Write(other);
            exchange.HasResponded = true;
            if (HttpMethods.IsHead(context.Request.Method)) return;
            await context.Response.Body.WriteAsync(other.Body, context.RequestAborted).ConfigureAwait(false);
            return;
        }

        exchange.HasResponded = true;
        if (isEmpty || HttpMethods.IsHead(context.Request.Method)) return;
        var final = await chain.ResponseBody!(context.RequestAborted).ConfigureAwait(false);
        if (exchange.IsReset) context.Abort();
        else
        {
            if (context.Response.ContentLength is not null) context.Response.ContentLength = final.Data.Length;
            await context.Response.Body.WriteAsync(final.Data, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private void Write(LocalResponse local)
    {
        var response = context.Response;
        var isGrpc = context.Request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);
        response.Headers.Clear();
        response.StatusCode = isGrpc ? StatusCodes.Status200OK : local.StatusCode;
        foreach (var (name, value) in local.Headers) response.Headers.Append(name, value);
        if (isGrpc)
        {
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = (local.GrpcStatus ?? GrpcStatusOf(local.StatusCode)).ToString(CultureInfo.InvariantCulture);
            if (local.Body.Length > 0) response.Headers["grpc-message"] = Uri.EscapeDataString(System.Text.Encoding.UTF8.GetString(local.Body.Span));
            response.ContentLength = 0;
            return;
        }

        if (local.Body.Length > 0 && response.ContentType is null) response.ContentType = "text/plain";
        response.ContentLength = local.StatusCode is 204 or 304 ? null : local.Body.Length;
    }

    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    private static int GrpcStatusOf(int status) => status switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };
}
