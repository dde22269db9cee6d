using Coffer.Capabilities.Grants;
using Microsoft.Extensions.Configuration;

namespace Coffer.Capabilities.Manifests;

/// <summary>Turns a configuration into a manifest. What overrides a text has not been checked before.</summary>
internal sealed class ManifestBinding(IConfigurationRoot configuration, ManifestText text)
{
    public Manifest Bind()
    {
        foreach (var section in ManifestShape.Sections) RequireKnown(section.Key, section.Value.Keys);
        RequireKnown(ManifestShape.Grants, ManifestShape.Lists);
        return new Manifest
        {
            Module = configuration[ManifestShape.Module],
            Capabilities = BindGrants(),
            Limits = Bind(ManifestShape.Limits, new Limits(), Limits.Syntax),
            Quotas = Bind(ManifestShape.Quotas, Quotas.Default, Quotas.Syntax),
            Audit = Bind(ManifestShape.Audit, new AuditSettings(), AuditSettings.Syntax),
        };
    }

    private CapabilitySet BindGrants()
    {
        var granted = new List<Grant>();
        var places = new Dictionary<string, (Grant Grant, string Place)>();
        foreach (var syntax in GrantSyntax.All)
        {
            var list = configuration.GetSection($"{ManifestShape.Grants}:{syntax.ManifestKey}");
            if (list.Value is not null) throw Wrong(list.Path, $"this is a list; its first item is {list.Path}:0");
            foreach (var item in list.GetChildren())
            {
                var grant = Parse(syntax, item);
                granted.Add(grant);
                if (CapabilitySet.SlotOf(grant) is not { } slot || places.TryAdd(slot, (grant, item.Path))) continue;
                var (first, path) = places[slot];
                if (!first.Equals(grant))
                {
                    var where = PlaceOf(path) ?? ManifestShape.Describe(path);
                    throw Wrong(item.Path, $"{slot} is granted twice, otherwise at {where}: \"{first}\"");
                }
            }
        }

        return new CapabilitySet(granted);
    }

    private Grant Parse(GrantSyntax syntax, IConfigurationSection item)
    {
        try
        {
            return syntax.Parse(item.Value ?? throw new FormatException("this is a text"));
        }
        catch (FormatException exception)
        {
            throw Wrong(item.Path, $"{exception.Message} ({syntax.Form})");
        }
    }

    private T Bind<T>(string section, T value, IReadOnlyList<SettingSyntax<T>> rows)
    {
        foreach (var row in rows)
        {
            var key = $"{section}:{row.ManifestKey}";
            if (configuration[key] is not { } written) continue;
            try
            {
                value = row.Read(value, written);
            }
            catch (FormatException exception)
            {
                throw Wrong(key, exception.Message);
            }
        }

        return value;
    }

    private void RequireKnown(string section, IEnumerable<string> known)
    {
        foreach (var child in configuration.GetSection(section).GetChildren())
        {
            if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw Wrong(child.Path, $"there is no such key; there are {string.Join(", ", known)}");
            }
        }
    }

    private ManifestException Wrong(string key, string message) =>
        new($"{PlaceOf(key) ?? "what overrides the manifest"}: {ManifestShape.Describe(key)}: {message}");

    // The place in the text, unless something else had the last word.
    private string? PlaceOf(string key) =>
        text.Values.TryGetValue(key, out var value) && value == configuration[key] ? text.PlaceOf(key) : null;
}
