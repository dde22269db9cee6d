using System.IO.Enumeration;
using Coffer.Capabilities.Audit;

namespace Coffer.Cli.Audit;

/// <summary>Which events of an audit trail are wanted; what is not said does not matter.</summary>
internal sealed record AuditFilter
{
    /// <summary>Only what was allowed, or only what was denied; null for both.</summary>
    public bool? Allowed { get; init; }

    public string? Kind { get; init; }
    public string? Operation { get; init; }

    /// <summary>A pattern in which <c>*</c> is any text and <c>?</c> any character.</summary>
    public string? Resource { get; init; }

    public string? Module { get; init; }
    public string? Run { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether an event is wanted.</summary>
    public bool Matches(AuditEvent audited) =>
        (Allowed is null || audited.Allowed == Allowed)
        && (Kind is null || audited.Kind == Kind)
        && (Operation is null || audited.Operation == Operation)
        && (Resource is null || FileSystemName.MatchesSimpleExpression(Resource, audited.Resource, ignoreCase: false))
        && (Module is null || audited.Module == Module)
        && (Run is null || audited.Run == Run)
        && (Since is null || audited.Time >= Since);
}
