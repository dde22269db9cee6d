namespace Coffer.Plugins.Hosting;

/// <summary>The plugins of an application, as its configuration names them.</summary>
public sealed class PluginsOptions
{
    /// <summary>A folder whose modules are all loaded, each under the name of its file; null for none.</summary>
    public string? Folder { get; set; }

    /// <summary>Whether the folder is followed while the application runs.</summary>
    public bool Watch { get; set; } = true;

    /// <summary>Plugins by name. Those of the folder find here how they are run; those with a path are loaded from there.</summary>
    public IDictionary<string, PluginEntry> Plugins { get; } = new Dictionary<string, PluginEntry>(StringComparer.Ordinal);
}

/// <summary>A plugin in a configuration.</summary>
public sealed class PluginEntry
{
    /// <summary>The file of its module; null for one of the folder.</summary>
    public string? Path { get; set; }

    /// <summary>The Extism manifest that describes it, instead of a path.</summary>
    public string? Manifest { get; set; }

    /// <summary>The SHA-256 that its module must have.</summary>
    public string? Digest { get; set; }

    /// <summary>Whether the application starts without it, when it cannot be loaded.</summary>
    public bool IsOptional { get; set; }

    /// <summary>How long its sandboxes live.</summary>
    public InstancePolicy Instances { get; set; }

    /// <summary>What happens to a call when it fails.</summary>
    public Versions.FailurePolicy FailurePolicy { get; set; } = Versions.FailurePolicy.FailReload;

    /// <summary>What it may use up.</summary>
    public PluginLimits Limits { get; set; } = new(); // Of its own: binding a configuration writes into what is there.

    /// <summary>Its settings.</summary>
    public IDictionary<string, string> Config { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What it may touch: lists of grants by kind, such as <c>http</c> or <c>directories</c>, as in manifests. Without any it
    /// has what is harmless.
    /// </summary>
    public IDictionary<string, IList<string>> Grants { get; } = new Dictionary<string, IList<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Functions that it must answer before it takes calls, with the text they are given.</summary>
    public IDictionary<string, string> Probes { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
