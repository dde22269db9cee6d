using System.Text.Json.Serialization;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// One decision, as an audit trail records it. The members and their JSON names, which are the same in camel case, are
/// versioned (<see cref="SchemaVersion"/>) and documented in <c>docs/audit.md</c>.
/// </summary>
public sealed record AuditEvent
{
    /// <summary>The version of these members; it changes when one of them changes its meaning or goes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The version of the event, <see cref="SchemaVersion"/> for one that was made here.</summary>
    public int Schema { get; init; } = SchemaVersion;

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The run, or the request, that asked.</summary>
    public required string Run { get; init; }

    /// <summary>The number of the decision within the run, from 1; a gap tells that events were dropped.</summary>
    public required long Sequence { get; init; }

    /// <summary>The module that asked.</summary>
    public required string Module { get; init; }

    /// <summary>The function by which it asked, such as <c>path_open</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>What kind of authority it asked for.</summary>
    public required string Kind { get; init; }

    /// <summary>What it asked for, as the guest names it.</summary>
    public required string Resource { get; init; }

    /// <summary>What it wanted to do, such as <c>read,write</c>; empty where the operation says it.</summary>
    public string Access { get; init; } = "";

    /// <summary>Whether it was allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>
    /// For what was allowed: the error with which it ended even so, such as <c>NotFound</c>; empty when it succeeded.
    /// </summary>
    public string Outcome { get; init; } = "";

    /// <summary>The grant that allowed it or came nearest; null when there is none.</summary>
    public string? Rule { get; init; }

    /// <summary>Why it was denied; null when it was allowed.</summary>
    public string? Reason { get; init; }

    /// <summary>The option that would allow it; null when it was allowed or nothing would.</summary>
    public string? Remedy { get; init; }

    /// <summary>Where the remedy would stand in a manifest.</summary>
    public string? RemedyManifestPath { get; init; }

    /// <summary>For the operator: what it is on the host, neither resolved nor opened; null when there is nothing.</summary>
    public string? HostResource { get; init; }

    /// <summary>The activity within which it was asked, as a W3C <c>traceparent</c>; null when there was none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>For denials: where the guest asked, innermost first, as <c>function (module+0xoffset)</c>.</summary>
    public IReadOnlyList<string> Backtrace { get; init; } = [];

    /// <summary>For denials: all that the guest has of the kind, nearest first.</summary>
    public IReadOnlyList<string> Granted { get; init; } = [];

    /// <summary>
    /// How many events the trail dropped, in the event that ends such a trail; 0 in all others. That event is about no
    /// decision: its operation and kind are <see cref="DroppedOperation"/>, and all sinks get it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Dropped { get; init; }

    /// <summary>The operation of the event that says how many events were dropped.</summary>
    public const string DroppedOperation = "audit";

    /// <summary>The event that ends a trail which dropped events; its time is that of the last one it wrote.</summary>
    internal static AuditEvent OfDropped(long count, AuditEvent last) => new()
    {
        Time = last.Time,
        Run = last.Run,
        Sequence = 0,
        Module = last.Module,
        Operation = DroppedOperation,
        Kind = DroppedOperation,
        Resource = "",
        Allowed = true,
        Dropped = count,
    };
}
