using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Plugins.Extism;
using Microsoft.Extensions.Options;

namespace Coffer.Plugins.Hosting;

/// <summary>Turns what a configuration says of plugins into sources and options, and tells what is wrong with it.</summary>
internal sealed class EntryReader : IValidateOptions<PluginsOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PluginsOptions options)
    {
        var failures = new List<string>();
        foreach (var (plugin, entry) in options.Plugins)
        {
            if (entry.Path is not null && entry.Manifest is not null) failures.Add($"the plugin \"{plugin}\" has both Path and Manifest; remove one of them");
            if (entry.Path is null && entry.Manifest is null && options.Folder is null) failures.Add($"the plugin \"{plugin}\" has neither Path nor Manifest, and there is no Folder that it could be in");
            try
            {
                _ = Grants(entry);
                if (entry.Path is not null && entry.Digest is not null) _ = PluginSource.FromFile(entry.Path).WithDigest(entry.Digest);
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                failures.Add($"the plugin \"{plugin}\": {exception.Message}");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Where a plugin comes from and how it is run; no source for one of the folder.</summary>
    public static (PluginSource? Source, PluginOptions Options) Read(PluginEntry entry)
    {
        var options = new PluginOptions
        {
            Instances = entry.Instances,
            FailurePolicy = entry.FailurePolicy,
            Limits = entry.Limits,
            Grants = Grants(entry),
            Config = PluginOptions.Default.Config.AddRange(entry.Config),
            Probes = [.. entry.Probes.Select(probe => new PluginProbe(probe.Key, Encoding.UTF8.GetBytes(probe.Value)))],
        };
        if (entry.Manifest is { } path)
        {
            var manifest = ManifestFile.Read(path);
            return (WithDigest(PluginSource.FromManifest(manifest), entry), manifest.ApplyTo(options));
        }

        return (entry.Path is null ? null : WithDigest(PluginSource.FromFile(entry.Path), entry), options);
    }

    private static PluginSource WithDigest(PluginSource source, PluginEntry entry) =>
        entry.Digest is null ? source : source.WithDigest(entry.Digest);

    private static CapabilitySet Grants(PluginEntry entry) => entry.Grants.Count == 0
        ? CapabilitySet.Default
        : new CapabilitySet(entry.Grants.SelectMany(list => list.Value.Select(text => SyntaxOf(list.Key).Parse(text))));

    private static GrantSyntax SyntaxOf(string kind) =>
        GrantSyntax.All.FirstOrDefault(syntax => syntax.ManifestKey.Equals(kind, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"there are no grants of the kind \"{kind}\"; there are {string.Join(", ", GrantSyntax.All.Select(syntax => syntax.ManifestKey))}");
}
