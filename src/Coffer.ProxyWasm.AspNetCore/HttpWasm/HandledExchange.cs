using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.AspNetCore.Http;
using Coffer.ProxyWasm.HttpWasm;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Coffer.ProxyWasm.AspNetCore.HttpWasm;

/// <summary>One request of ASP.NET on its way through a handler of http-wasm.</summary>
internal sealed class HandledExchange(HttpContext context, HttpWasmFilter filter)
{
    private readonly AspNetHttpWasmExchange exchange = new(context);
    private readonly bool canHaveBody = RequestBodySource.CanHaveBody(context);
    private Stream? body;

    public async Task RunAsync(RequestDelegate next)
    {
        if (await filter.RentAsync(context.RequestAborted).ConfigureAwait(false) is not { } instance)
        {
            await FailAsync(next).ConfigureAwait(false);
            return;
        }

        Exception? failure = null;
        try
        {
            exchange.Features = instance.Features;
            // A handler reads as if there was nothing to wait for; so all that it can read is there before.
            if (canHaveBody && filter.ReadsBodies && !await KeepBodyAsync().ConfigureAwait(false)) return;
            filter.CountStream();
            var (goesOn, guestContext, failed) = HandleRequest(instance);
            failure = failed;
            if (failure is not null) await FailAsync(next).ConfigureAwait(false);
            else if (goesOn) failure = await PassAsync(next, instance, guestContext).ConfigureAwait(false);
            else await WriteAsync(exchange.ResponseBody.Content.ToArray()).ConfigureAwait(false);
        }
        finally
        {
            filter.Return(instance, failure);
        }
    }

    private (bool GoesOn, int Context, Exception? Failure) HandleRequest(HttpWasmInstance instance)
    {
        try
        {
            var (goesOn, guestContext) = instance.HandleRequest(exchange);
            return (goesOn, guestContext, null);
        }
        catch (Exception exception)
        {
            return (false, 0, exception);
        }
    }

    private async Task<Exception?> PassAsync(RequestDelegate next, HttpWasmInstance instance, int guestContext)
    {
        exchange.GoOn();
        RestoreBody();
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var written = exchange.ResponseBody.Length > 0;
        using var kept = exchange.Features.HasFlag(HttpWasmFeatures.BufferResponse) || written
            ? new BoundedStream(filter.Options.BufferLimit, exchange.ResponseBody.Content)
            : null;
        if (kept is not null) context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(kept, inner));
        Exception? error = null, failure = null;
        try
        {
            await next(context).ConfigureAwait(false);
            if (kept is not null) await context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            error = exception;
        }
        finally
        {
            context.Features.Set(inner);
            if (body is not null) context.Request.Body = body;
        }

        if (kept is not null)
        {
            exchange.ResponseBody.Clear();
            exchange.ResponseBody.Append(kept.Content);
        }

        try
        {
            instance.HandleResponse(exchange, guestContext, error is not null);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        if (failure is not null && filter.Options.Failure != FailurePolicy.FailOpen) Refuse();
        else if (kept is not null || exchange.HasNewResponseBody) await WriteAsync(exchange.ResponseBody.Content.ToArray()).ConfigureAwait(false);
        return failure;
    }

    private async Task<bool> KeepBodyAsync()
    {
        body = context.Request.Body;
        var buffer = new byte[16 << 10];
        while (await body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false) is var count and > 0)
        {
            if (exchange.RequestBody.Length + count > filter.Options.BufferLimit)
            {
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return false;
            }

            exchange.RequestBody.Append(buffer.AsSpan(0, count));
        }

        return true;
    }

    // What was read is gone, unless the handler asked for it to be kept.
    private void RestoreBody()
    {
        if (body is null && !exchange.HasNewRequestBody) return;
        body ??= context.Request.Body;
        var keepsAll = exchange.HasNewRequestBody || exchange.Features.HasFlag(HttpWasmFeatures.BufferRequest);
        var content = (keepsAll ? exchange.RequestBody.Content : exchange.RequestBody.Rest).ToArray();
        context.Request.Body = new MemoryStream(content, writable: false);
        if (context.Request.ContentLength is not null || exchange.HasNewRequestBody) context.Request.ContentLength = content.Length;
        // A request that came without a body may have one now.
        if (exchange.HasNewRequestBody) context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection());
    }

    private async Task FailAsync(RequestDelegate next)
    {
        if (filter.Options.Failure == FailurePolicy.FailOpen)
        {
            RestoreBody();
            await next(context).ConfigureAwait(false);
        }
        else Refuse();
    }

    private void Refuse()
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Headers.Clear();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private async Task WriteAsync(byte[] content)
    {
        var response = context.Response;
        if (response.HasStarted) return;
        var hasBody = response.StatusCode is >= 200 and not (204 or 304);
        if (hasBody && !HttpMethods.IsHead(context.Request.Method)) response.ContentLength = content.Length;
        if (content.Length > 0 && hasBody && !HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
    }

    private sealed class BodyDetection : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
