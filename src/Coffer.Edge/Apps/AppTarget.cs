using System.Diagnostics;
using Coffer.Edge.Guests;
using Coffer.Edge.Limits;
using Coffer.Edge.Routing;
using Coffer.Edge.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Apps;

/// <summary>Serves requests by the current version of an app: the way of a request through its sandbox.</summary>
internal sealed partial class AppTarget(App app, AppRuntime runtime) : RouteTarget
{
    /// <summary>The app.</summary>
    public App App => app;

    public override async Task ServeAsync(HttpContext context, RouteMatch match)
    {
        if (!app.TryAcquire(out var lease))
        {
            await RefuseAsync(context, FaultKind.Unavailable).ConfigureAwait(false);
            return;
        }

        using (lease) await ServeAsync(context, match, app.Pick(lease.Value), lease.Stopping).ConfigureAwait(false);
    }

    private async Task ServeAsync(HttpContext context, RouteMatch match, AppVersion version, CancellationToken stopping)
    {
        var call = new GuestCall(context, app, version, match) { Stopping = stopping };
        if (runtime.Log.IsWanted) context.Features.Set(new ServedCall(call));
        if (!TryLimitBody(context, version.Options.Limits) || !await TryAwaitBodyAsync(call).ConfigureAwait(false)) return;
        var entering = runtime.Admission.EnterAsync(app.Queue, version.Options.Limits);
        if (!(entering.IsCompleted ? entering.Result : await WaitForTurnAsync(call, entering).ConfigureAwait(false)))
        {
            await RefuseAsync(context, FaultKind.Overload).ConfigureAwait(false);
            return;
        }

        try
        {
            await RunAsync(call, version).ConfigureAwait(false);
        }
        finally
        {
            runtime.Admission.Leave(app.Queue);
            app.Statistics.Count(call, context.Response.StatusCode);
            version.Outcomes.Count(call.Fault, context.Response.StatusCode);
        }
    }

    private async ValueTask<bool> WaitForTurnAsync(GuestCall call, ValueTask<bool> entering)
    {
        var asked = Stopwatch.GetTimestamp();
        runtime.Watch.Wake();
        var isAdmitted = await entering.ConfigureAwait(false);
        call.Queued = Stopwatch.GetElapsedTime(asked);
        return isAdmitted;
    }

    private async Task RunAsync(GuestCall call, AppVersion version)
    {
        var context = call.Context;
        call.IsCold = !version.IsLoaded;
        if (await TryLoadAsync(version).ConfigureAwait(false) is not { } program)
        {
            call.Fail(FaultKind.Unavailable);
            await AnswerFaultAsync(call).ConfigureAwait(false);
            return;
        }

        var place = runtime.Watch.Add(call);
        try
        {
            await runtime.Threads.RunAsync(call, program).ConfigureAwait(false);
        }
        finally
        {
            runtime.Watch.Remove(place);
            call.Response.End();
        }

        await call.Body.CompleteAsync().ConfigureAwait(false);
        if (call.Fault != FaultKind.None)
        {
            // What a client does not read would be waited for until it goes.
            if (context.Response.HasStarted) context.Abort();
            await call.Response.AbandonAsync().ConfigureAwait(false);
            await AnswerFaultAsync(call).ConfigureAwait(false);
            return;
        }

        try
        {
            await call.Response.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            call.Fail(FaultKind.ClientGone);
            context.Abort();
        }
    }

    private async ValueTask<GuestProgram?> TryLoadAsync(AppVersion version)
    {
        var loading = version.LoadAsync();
        if (loading.IsCompletedSuccessfully) return loading.Result;
        try
        {
            var program = await loading.ConfigureAwait(false);
            app.Statistics.CountLoad(version.LoadTime);
            return program;
        }
        catch (Exception exception) when (exception is CofferException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            LogNotLoaded(app.Logger, version.Source.Name, exception.Message);
            return null;
        }
    }

    // What the length of a request says already is refused before anything is done for it; the rest is counted as it comes.
    private bool TryLimitBody(HttpContext context, RequestLimits limits)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = limits.RequestBodyBytes;
        if (context.Request.ContentLength is not { } length || length <= limits.RequestBodyBytes) return true;
        app.Statistics.CountRefused(FaultKind.RequestBody, StatusCodes.Status413PayloadTooLarge);
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        return false;
    }

    private async ValueTask<bool> TryAwaitBodyAsync(GuestCall call)
    {
        try
        {
            await call.Body.AwaitAsync().ConfigureAwait(false);
            return true;
        }
        catch (BadHttpRequestException exception)
        {
            app.Statistics.CountRefused(FaultKind.ClientGone, exception.StatusCode);
            call.Context.Response.StatusCode = exception.StatusCode;
            return false;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            app.Statistics.CountRefused(FaultKind.ClientGone, StatusCodes.Status499ClientClosedRequest);
            call.Context.Abort();
            return false;
        }
    }

    private Task RefuseAsync(HttpContext context, FaultKind kind)
    {
        var status = FaultKinds.StatusOf(kind);
        app.Statistics.CountRefused(kind, status);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsync(FaultKinds.TextOf(kind) + "\n");
    }

    private static Task AnswerFaultAsync(GuestCall call)
    {
        var context = call.Context;
        if (context.Response.HasStarted || call.Fault == FaultKind.ClientGone)
        {
            // The client must not take what it got for the whole.
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        context.Response.StatusCode = FaultKinds.StatusOf(call.Fault);
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (call.Fault is FaultKind.Overload or FaultKind.Unavailable or FaultKind.Replaced) context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsync($"{FaultKinds.TextOf(call.Fault)}\nrequest {call.RequestId}\n");
    }

    [LoggerMessage(1340, LogLevel.Error, "{Module} cannot be loaded: {Reason}")]
    private static partial void LogNotLoaded(ILogger logger, string module, string reason);
}
