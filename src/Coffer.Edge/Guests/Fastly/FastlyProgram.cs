using System.Diagnostics;
using Coffer.Edge.Apps;
using Coffer.Edge.Limits;
using Coffer.Fastly;

namespace Coffer.Edge.Guests.Fastly;

/// <summary>A program for Fastly Compute that answers each request by running from its start to its end, in a sandbox of its own.</summary>
internal sealed class FastlyProgram(InstancePre module, FastlyConfiguration configuration, AppOptions options, GuestHost host) : GuestProgram
{
    private readonly Lock gate = new();
    private FastlyApplication? application;

    public override void Run(GuestCall call)
    {
        var running = Volatile.Read(ref application) ?? Open(call);
        // The body of the answer may come for a while after the guest has ended; the time of the request is for both.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(call.Context.RequestAborted);
        var request = new FastlyRequest(call);
        var response = new FastlyResponse(call);
        FastlyResult result;
        try
        {
            result = Run(running, call, request, response, over.Token);
            if (!result.Completion.IsCompleted)
            {
                var left = call.Limits.Time - Stopwatch.GetElapsedTime(call.Started);
                over.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                result.Completion.Wait(CancellationToken.None);
            }
        }
        finally
        {
            request.Dispose();
        }

        if (result.Failure is { } failure) throw Fault(result, failure);
        if (response.AbortReason is { } reason) throw new GuestFault(over.IsCancellationRequested ? FaultKind.Time : FaultKind.BadResponse, reason);
        // As with other kinds, an answer that is whole counts whatever the program thinks of itself.
        if (!result.HasResponded) throw new GuestFault(FaultKind.Trap, result.Reason ?? "the guest ended without a response");
    }

    private FastlyResult Run(FastlyApplication running, GuestCall call, FastlyRequest request, FastlyResponse response, CancellationToken over)
    {
        var store = call.OpenStore(module.Module.Engine);
        try
        {
            return running.Run(store, request, response, new FastlyAppLog(call), over);
        }
        finally
        {
            call.CloseStore(store);
        }
    }

    public override GuestProgram LinkAgain(AppOptions options, GuestHost host) => new FastlyProgram(module, FastlyConfiguration.Empty, options, host) { Kind = Kind };

    public override void Dispose()
    {
        application?.Dispose();
        base.Dispose();
    }

    private static Exception Fault(FastlyResult result, Exception failure) =>
        failure is CofferException ? failure : new GuestFault(FaultKind.Trap, result.Reason ?? failure.Message, failure);

    // Only a request knows the name of its app, by which its stores are found.
    private FastlyApplication Open(GuestCall call)
    {
        lock (gate)
        {
            if (application is not null) return application;
            var services = new FastlyServices
            {
                App = call.App.Name,
                Capabilities = options.Capabilities,
                Audit = host.Audit,
                KeyValues = host.Stores.Database,
                Cache = host.Stores.CacheOf(call.App.Name),
                Time = host.Time,
            };
            var limits = FastlyLimits.Default with
            {
                Subrequests = options.Limits.Subrequests,
                RequestBodyBytes = options.Limits.RequestBodyBytes,
                HeaderBytes = (int)Math.Min(options.Limits.ResponseHeaderBytes, int.MaxValue),
            };
            try
            {
                var opened = FastlyApplication.CreateAsync(module, configuration, services, limits).GetAwaiter().GetResult();
                Volatile.Write(ref application, opened);
                return opened;
            }
            catch (FastlyException exception)
            {
                throw new GuestFault(FaultKind.Unavailable, exception.Message, exception);
            }
        }
    }
}
