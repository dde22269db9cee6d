using Microsoft.Extensions.Logging;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// Writes events to a logger: denials as warnings (event 1001), what was allowed for debugging (1002), and that events
/// were dropped as an error (1003). Names that guests chose are escaped.
/// </summary>
public sealed partial class LoggerSink(ILogger logger) : AuditSink
{
    /// <inheritdoc/>
    public override bool WantsAllowed => logger.IsEnabled(LogLevel.Debug);

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        if (audited.Dropped > 0)
        {
            Log.Dropped(logger, audited.Dropped);
            return;
        }

        var resource = GuestText.Escape(audited.Resource);
        var module = GuestText.Escape(audited.Module);
        if (audited.Allowed)
        {
            Log.Allowed(
                logger, audited.Run, module, audited.Operation, audited.Kind, resource, audited.Access, audited.Outcome,
                audited.Rule);
        }
        else
        {
            Log.Denied(
                logger, audited.Run, module, audited.Operation, audited.Kind, resource, audited.Access, audited.Reason,
                audited.Remedy is { } remedy ? GuestText.Escape(remedy) : null);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Warning, "Run {Run} of {Module}: denied {Operation} ({Kind}) {Resource} {Access}: {Reason}; remedy: {Remedy}")]
        public static partial void Denied(
            ILogger logger, string run, string module, string operation, string kind, string resource, string access,
            string? reason, string? remedy);

        [LoggerMessage(1002, LogLevel.Debug, "Run {Run} of {Module}: allowed {Operation} ({Kind}) {Resource} {Access} {Outcome} by {Rule}")]
        public static partial void Allowed(
            ILogger logger, string run, string module, string operation, string kind, string resource, string access,
            string outcome, string? rule);

        [LoggerMessage(1003, LogLevel.Error, "{Dropped} audit events were dropped")]
        public static partial void Dropped(ILogger logger, long dropped);
    }
}
