using Coffer.Capabilities.Grants;
using Microsoft.Extensions.Configuration;

namespace Coffer.Capabilities.Manifests;

/// <summary>
/// What one guest is given, as a file: what it may touch, how much it may use, and what is recorded. Immutable.
/// <see cref="object.ToString"/> is the text that <see cref="Parse"/> reads as the same.
/// </summary>
public sealed record Manifest
{
    /// <summary>The module; null when the manifest names none.</summary>
    public string? Module { get; init; }

    /// <summary>Exactly what is granted; nothing is added to it.</summary>
    public CapabilitySet Capabilities { get; init; } = CapabilitySet.Empty;

    /// <summary>How much the guest may compute.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>How much of the host it may use up.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;

    /// <summary>What becomes of the record of decisions.</summary>
    public AuditSettings Audit { get; init; } = new();

    /// <summary>Reads a manifest: JSON, with comments and trailing commas.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="overrides">
    /// What has a say after the text, the last one the last word; keys are <c>limits:fuel</c> or
    /// <c>grants:directories:0</c>.
    /// </param>
    /// <exception cref="ManifestException">It is none; the message says where, and what would be right.</exception>
    public static Manifest Parse(
        string json, string name = "coffer.json", params IEnumerable<IConfigurationSource> overrides)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(overrides);
        var text = ManifestText.Read(json, name);
        var builder = new ConfigurationBuilder().AddInMemoryCollection(text.Values);
        foreach (var source in overrides) builder.Add(source);
        return new ManifestBinding(builder.Build(), text).Bind();
    }

    /// <summary>The manifest with all paths of the host that are relative starting at a folder.</summary>
    public Manifest StartingAt(string folder) => this with
    {
        Module = Module is null ? null : Start(folder, Module),
        Capabilities = new CapabilitySet(Capabilities.Grants.Select(grant => grant switch
        {
            DirectoryGrant { HostPath.Length: > 0 } directory =>
                directory with { HostPath = Start(folder, directory.HostPath) },
            FileGrant file => file with { HostPath = Start(folder, file.HostPath) },
            _ => grant,
        })),
        Audit = Audit.File is null or "-" ? Audit : Audit with { File = Start(folder, Audit.File) },
    };

    /// <summary>The text of the manifest.</summary>
    public override string ToString() => ManifestWriter.Write(this);

    private static string Start(string folder, string path) =>
        Path.IsPathRooted(path) || folder.Length == 0 ? path : Path.Join(folder, path);
}
