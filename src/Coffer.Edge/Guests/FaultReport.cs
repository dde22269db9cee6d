using Coffer.Capabilities.Grants;
using Coffer.Edge.Limits;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests;

/// <summary>What the operator is told when a guest fails: what, where, and what would help.</summary>
internal static partial class FaultReport
{
    /// <summary>Writes a failure to the app's log.</summary>
    /// <param name="call">The request.</param>
    /// <param name="exception">How the guest ended.</param>
    /// <param name="exceeded">The limit that ended it, if one did.</param>
    /// <returns>What it was.</returns>
    public static FaultKind Write(GuestCall call, Exception exception, FaultKind exceeded)
    {
        var kind = exceeded != FaultKind.None ? exceeded : KindOf(call, exception);
        if (kind == FaultKind.ClientGone)
        {
            LogGone(call.App.Logger, call.RequestId);
            return kind;
        }

        if (kind == FaultKind.Internal) LogInternal(call.App.Logger, exception, call.RequestId, exception.ToString());
        else LogFailed(call.App.Logger, call.RequestId, Describe(call, kind, exception));
        return kind;
    }

    private static FaultKind KindOf(GuestCall call, Exception exception) => exception switch
    {
        GuestFault fault => fault.Kind,
        ExhaustionException { Kind: ExhaustionKind.Deadline } => FaultKind.Time,
        ExhaustionException { Kind: ExhaustionKind.Fuel } => FaultKind.ProcessorTime,
        ExhaustionException { Kind: ExhaustionKind.Cancelled } => call.Context.RequestAborted.IsCancellationRequested ? FaultKind.ClientGone : FaultKind.Trap,
        ExhaustionException { Kind: ExhaustionKind.StoreLimit } => FaultKind.Memory,
        ExhaustionException { Kind: ExhaustionKind.System } => FaultKind.Overload,
        // In the start function of its module, which is before there is a program that could exit.
        CofferException or ProcExitException => FaultKind.Trap,
        IOException or InvalidDataException or ArgumentException => FaultKind.Unavailable,
        _ => FaultKind.Internal,
    };

    private static string Describe(GuestCall call, FaultKind kind, Exception exception)
    {
        var limits = call.Limits;
        return kind switch
        {
            FaultKind.Time => $"it took longer than {Duration.Format(limits.Time)} (limits.time){Where(exception)}",
            FaultKind.ProcessorTime when exception is ExhaustionException { Kind: ExhaustionKind.Fuel } =>
                $"its fuel of {limits.Fuel} is used up (limits.fuel){Where(exception)}",
            FaultKind.ProcessorTime => $"it used more than {Duration.Format(limits.ProcessorTime!.Value)} of processor time (limits.cpu){Where(exception)}",
            FaultKind.RequestBody => $"the body of the request is longer than {ByteSize.Format(limits.RequestBodyBytes)} (limits.requestBody)",
            FaultKind.ResponseBody => $"the answer is longer than {ByteSize.Format(limits.ResponseBodyBytes)} (limits.responseBody)",
            FaultKind.Memory => $"{exception.Message}; it may have {ByteSize.Format(limits.MemoryBytes)} of memory (limits.memory) and make {ByteSize.Format(limits.AllocatedBytes)} of objects (limits.objects)",
            FaultKind.Replaced => $"its version was replaced, and the time for what had begun has passed (drainTime){Where(exception)}",
            FaultKind.Trap => $"{exception.Message}{Where(exception)}",
            _ => exception.Message,
        };
    }

    private static string Where(Exception exception)
    {
        var frames = exception switch
        {
            TrapException trap => trap.WasmTrace,
            ExhaustionException exhaustion => exhaustion.WasmTrace,
            _ => [],
        };
        return string.Concat(frames.Take(8).Select(frame => $" at {frame}"));
    }

    [LoggerMessage(1300, LogLevel.Error, "request {RequestId} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string requestId, string reason);

    [LoggerMessage(1301, LogLevel.Critical, "request {RequestId} failed by a mistake of the server: {Detail}")]
    private static partial void LogInternal(ILogger logger, Exception exception, string requestId, string detail);

    [LoggerMessage(1302, LogLevel.Debug, "request {RequestId}: the client has gone")]
    private static partial void LogGone(ILogger logger, string requestId);
}
