namespace Coffer.Cli.Audit;

/// <summary>How decisions of a run are recorded and shown.</summary>
internal sealed record AuditSettings
{
    /// <summary>The file to which they are appended, <c>-</c> for standard error; null for none.</summary>
    public string? File { get; init; }

    /// <summary>Whether the guest is stopped when one cannot be recorded.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether denials are shown to the person.</summary>
    public bool ShowsDenials { get; init; } = true;
}
