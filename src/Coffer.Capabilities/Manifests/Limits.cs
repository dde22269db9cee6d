using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Manifests;

/// <summary>How much a guest may compute. Null means that nothing is said. Immutable.</summary>
public sealed record Limits
{
    /// <summary>The most bytes that all linear memories may have together.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The instructions after which the guest ends.</summary>
    public long? Fuel { get; init; }

    /// <summary>The time after which the guest ends.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The native stack for the guest's calls, in bytes.</summary>
    public long? StackBytes { get; init; }

    /// <summary>How each is written, in the order in which a manifest lists them.</summary>
    public static IReadOnlyList<SettingSyntax<Limits>> Syntax { get; } =
    [
        new("--max-memory", "memory", "size", "The most that all linear memories may have together",
            SettingShape.Text | SettingShape.Number,
            (limits, text) => limits with { MemoryBytes = SettingForms.ReadCount(text, isBytes: true) },
            limits => SettingForms.FormatCount(limits.MemoryBytes, isBytes: true)),
        new("--fuel", "fuel", "count", "End the guest after so many instructions",
            SettingShape.Text | SettingShape.Number,
            (limits, text) => limits with { Fuel = SettingForms.ReadCount(text, isBytes: false) },
            limits => SettingForms.FormatCount(limits.Fuel, isBytes: false)),
        new("--timeout", "timeout", "time", "End the guest after this time: 500ms, 2s, 1m",
            SettingShape.Text,
            (limits, text) => limits with { Timeout = Duration.Parse(text) },
            limits => limits.Timeout is { } time ? Duration.Format(time) : null),
        new("--stack", "stack", "size", "Native stack for the guest's calls; 16MiB when not given",
            SettingShape.Text | SettingShape.Number,
            (limits, text) => limits with { StackBytes = SettingForms.ReadCount(text, isBytes: true) },
            limits => SettingForms.FormatCount(limits.StackBytes, isBytes: true)),
    ];
}
