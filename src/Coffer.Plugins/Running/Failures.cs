using Coffer.Plugins.Typed;
using Coffer.Wasi;

namespace Coffer.Plugins.Running;

/// <summary>What an exception out of a sandbox means to the caller of the plugin.</summary>
internal static class Failures
{
    /// <summary>Whether it tells of a sandbox that does not work, and not of a caller, of a load, or of an answer that is no.</summary>
    public static bool IsTheSandboxs(PluginFailure failure) => failure is PluginFailure.Trapped or PluginFailure.Exhausted
        or PluginFailure.TimedOut or PluginFailure.BadAnswer or PluginFailure.HostFunctionFailed or PluginFailure.Exited;

    /// <summary>The exception for the caller.</summary>
    public static Exception Describe(
        PluginVersion plugin, string function, long version, Exception exception, Interruption interruption, CancellationToken cancellation)
    {
        if (interruption == Interruption.Caller) return new OperationCanceledException($"The call of {function} of plugin \"{plugin.Plugin}\" was cancelled.", exception, cancellation);

        // What ended the call by itself is the reason, even if it was late as well.
        var isInterrupted = exception is ExhaustionException { Kind: ExhaustionKind.Cancelled or ExhaustionKind.Deadline } or not (CofferException or PluginException or ProcExitException);
        var (failure, message) = interruption switch
        {
            _ when !isInterrupted => Describe(function, exception),
            Interruption.Deadline => (PluginFailure.TimedOut, $"{function} took longer than it may (CallTimeout: {plugin.Options.Limits.CallTimeout}, StartTimeout: {plugin.Options.Limits.StartTimeout})"),
            Interruption.Replaced => (PluginFailure.Replaced, $"{function} was ended, since the plugin was replaced and the drain time has passed (DrainTime: {plugin.Options.DrainTime})"),
            _ => Describe(function, exception),
        };
        return exception is PluginException known ? known : new PluginException(failure, plugin.Plugin, message, exception) { Version = version };
    }

    private static (PluginFailure Failure, string Message) Describe(string function, Exception exception) => exception switch
    {
        PluginException plugin => (plugin.Failure, plugin.Message),
        TrapException trap => (PluginFailure.Trapped, $"{function} trapped: {trap.Message}{Where(trap.WasmTrace)}"),
        GuestException thrown => (PluginFailure.Trapped, $"{function} threw an exception that nobody caught: {thrown.Message}"),
        // Not where: after a deep recursion that would take longer than the call itself.
        ExhaustionException exhaustion => (PluginFailure.Exhausted, $"{function}: {exhaustion.Message}"),
        PluginErrorException error => (PluginFailure.Refused, error.Message),
        ProcExitException exit => (PluginFailure.Exited, $"{function} ended the program with code {exit.ExitCode}"),
        LinkException or MalformedException or InvalidException or SnapshotException => (PluginFailure.NotLoaded, exception.Message),
        _ => (PluginFailure.HostFunctionFailed, $"{function}: a function of the host failed: {exception.Message}"),
    };

    private static string Where(IReadOnlyList<WasmFrame> trace) => trace.Count == 0 ? "" : $", in {trace[0]}";
}
