using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// Gives events to the platform's telemetry, under the name <see cref="SourceName"/>: the counters
/// <c>coffer.decisions</c> (tags <c>decision</c>, <c>kind</c>, <c>operation</c>) and <c>coffer.audit.dropped</c>, and for
/// each denial an activity <c>coffer.denied</c> within that of the request. Resources are tags of activities only, for
/// guests could make any number of them.
/// </summary>
public sealed class TelemetrySink : AuditSink
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string SourceName = "Coffer.Capabilities";

    private readonly ActivitySource activities = new(SourceName);
    private readonly Meter meter = new(SourceName);
    private readonly Counter<long> decisions;
    private readonly Counter<long> dropped;

    /// <summary>A sink with a meter and a source of its own.</summary>
    public TelemetrySink()
    {
        decisions = meter.CreateCounter<long>("coffer.decisions", "{decision}", "Decisions about what guests asked for");
        dropped = meter.CreateCounter<long>("coffer.audit.dropped", "{event}", "Audit events that were dropped");
    }

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        if (audited.Dropped > 0)
        {
            dropped.Add(audited.Dropped);
            return;
        }

        decisions.Add(1, new TagList
        {
            { "decision", audited.Allowed ? "allowed" : "denied" },
            { "kind", audited.Kind },
            { "operation", audited.Operation },
        });
        if (!audited.Allowed) WriteActivity(audited);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        activities.Dispose();
        meter.Dispose();
        base.Dispose(disposing);
    }

    private void WriteActivity(AuditEvent audited)
    {
        if (!ActivityContext.TryParse(audited.TraceParent, null, out var parent)) parent = default;
        using var activity = activities.StartActivity(
            "coffer.denied", ActivityKind.Internal, parent, startTime: audited.Time);
        if (activity is null) return;
        activity.SetTag("coffer.run", audited.Run);
        activity.SetTag("coffer.module", audited.Module);
        activity.SetTag("coffer.operation", audited.Operation);
        activity.SetTag("coffer.kind", audited.Kind);
        activity.SetTag("coffer.resource", audited.Resource);
        activity.SetTag("coffer.access", audited.Access);
        activity.SetTag("coffer.reason", audited.Reason);
        activity.SetTag("coffer.remedy", audited.Remedy);
        activity.SetStatus(ActivityStatusCode.Error, audited.Reason);
        activity.SetEndTime(audited.Time.UtcDateTime);
    }
}
