using System.Globalization;
using Coffer.Fastly.Ambient;
using Coffer.Fastly.Backends;

namespace Coffer.Fastly.Configuration;

/// <summary>Reads the manifest of a package: of it, what a local server needs.</summary>
internal sealed class ManifestReader(ConfigurationFiles files)
{
    private const int LatestVersion = 3;

    /// <exception cref="FastlyException">Something is wrong in it.</exception>
    public FastlyConfiguration Read(TomlNode manifest)
    {
        if (manifest.Find("manifest_version") is { } version && version.Scalar is not (null or <= (long)LatestVersion or string))
        {
            throw version.Wrong(string.Create(CultureInfo.InvariantCulture, $"is newer than {LatestVersion}, the latest version that is known"));
        }

        if (manifest.Find("local_server") is not { } server) return FastlyConfiguration.Empty;
        var stores = new StoreReader(files);
        var tables = new TableReader(files);
        return new FastlyConfiguration
        {
            Backends = Each(server, ["backends"], new BackendReader(files).Read),
            ConfigStores = Each(server, ["config_stores", "dictionaries"], stores.ReadConfigStore),
            SecretStores = Each(server, ["secret_stores"], stores.ReadSecretStore),
            KeyValueStores = Each(server, ["kv_stores", "object_stores", "object_store"], stores.ReadKeyValueStore),
            Acls = Each(server, ["acls"], tables.ReadAcl),
            ShieldingSites = Each(server, ["shielding_sites"], static (_, node) => TableReader.ReadShieldingSite(node)),
            Geolocation = server.Find("geolocation") is { } places ? tables.ReadGeolocation(places) : GeolocationTable.Empty,
            Devices = server.Find("device_detection") is { } devices ? tables.ReadDevices(devices) : new Dictionary<string, string>(),
            ValidKeys = (server.Find("fake_valid_fastly_keys")?.RequireArray() ?? []).Select(key => key.RequireText()).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static Dictionary<string, T> Each<T>(TomlNode server, ReadOnlySpan<string> sections, Func<string, TomlNode, T> read)
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var section in sections)
        {
            foreach (var (name, node) in server.Find(section)?.RequireTable() ?? [])
            {
                if (!all.TryAdd(name, read(name, node))) throw node.Wrong("is there twice, under two names of the same section");
            }
        }

        return all;
    }
}
