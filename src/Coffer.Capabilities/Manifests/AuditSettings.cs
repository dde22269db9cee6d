namespace Coffer.Capabilities.Manifests;

/// <summary>What becomes of the record of decisions. Immutable.</summary>
public sealed record AuditSettings
{
    /// <summary>The file to which every decision is written; null for none.</summary>
    public string? File { get; init; }

    /// <summary>Whether a decision that cannot be recorded stops the guest.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Whether refusals are kept from the terminal.</summary>
    public bool QuietDenials { get; init; }

    /// <summary>How each is written, in the order in which a manifest lists them.</summary>
    public static IReadOnlyList<SettingSyntax<AuditSettings>> Syntax { get; } =
    [
        new("--audit", "file", "file", "Append every decision to a file, as a line of JSON each; - for standard error",
            SettingShape.Text,
            (audit, text) => audit with { File = text },
            audit => audit.File),
        Flag("--audit-strict", "strict", "Stop the guest when a decision cannot be recorded",
            audit => audit.IsStrict, (audit, value) => audit with { IsStrict = value }),
        Flag("--quiet-denials", "quietDenials", "Do not show what the guest was denied",
            audit => audit.QuietDenials, (audit, value) => audit with { QuietDenials = value }),
    ];

    private static SettingSyntax<AuditSettings> Flag(
        string option, string key, string description,
        Func<AuditSettings, bool> get, Func<AuditSettings, bool, AuditSettings> set) => new(
            option, key, "", description, SettingShape.Flag,
            (audit, text) => bool.TryParse(text, out var value)
                ? set(audit, value)
                : throw new FormatException($"\"{text}\" is neither true nor false"),
            audit => get(audit) ? "true" : null);
}
