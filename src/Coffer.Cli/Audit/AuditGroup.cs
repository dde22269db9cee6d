namespace Coffer.Cli.Audit;

/// <summary>What the events of a group have in common.</summary>
internal readonly record struct AuditGroupKey(string Operation, string Kind, string Resource, string Access);

/// <summary>The events about one use of one resource.</summary>
internal sealed class AuditGroup(AuditGroupKey key)
{
    public AuditGroupKey Key => key;

    public long Allowed { get; set; }
    public long Denied { get; set; }

    /// <summary>Those of the allowed that ended with an error even so.</summary>
    public long Failed { get; set; }

    /// <summary>What the last event said.</summary>
    public string? Rule { get; set; }

    /// <inheritdoc cref="Rule"/>
    public string? Reason { get; set; }

    /// <inheritdoc cref="Rule"/>
    public string? Remedy { get; set; }
}
