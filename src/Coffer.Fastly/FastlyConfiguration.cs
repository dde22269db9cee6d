using Coffer.Fastly.Ambient;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Configuration;
using Coffer.Stores;

namespace Coffer.Fastly;

/// <summary>What a key of a key-value store is filled with. Immutable.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Metadata">What is kept beside it; null for nothing.</param>
public sealed record KeyValueSeed(string Key, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte>? Metadata);

/// <summary>What a <c>fastly.toml</c> says in <c>[local_server]</c>: backends, stores and tables. Immutable.</summary>
public sealed record FastlyConfiguration
{
    /// <summary>No backends, no stores.</summary>
    public static FastlyConfiguration Empty { get; } = new();

    /// <summary>The backends, by name.</summary>
    public IReadOnlyDictionary<string, Backend> Backends { get; init; } = new Dictionary<string, Backend>();

    /// <summary>Configuration stores and dictionaries, by name.</summary>
    public IReadOnlyDictionary<string, ConfigStore> ConfigStores { get; init; } = new Dictionary<string, ConfigStore>();

    /// <summary>Secret stores, by name.</summary>
    public IReadOnlyDictionary<string, SecretStore> SecretStores { get; init; } = new Dictionary<string, SecretStore>();

    /// <summary>The key-value stores, by name, with what they are filled with.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<KeyValueSeed>> KeyValueStores { get; init; } = new Dictionary<string, IReadOnlyList<KeyValueSeed>>();

    /// <summary>Where addresses are.</summary>
    public GeolocationTable Geolocation { get; init; } = GeolocationTable.Empty;

    /// <summary>Devices as JSON, by user agent.</summary>
    public IReadOnlyDictionary<string, string> Devices { get; init; } = new Dictionary<string, string>();

    /// <summary>Access control lists, by name.</summary>
    public IReadOnlyDictionary<string, AccessList> Acls { get; init; } = new Dictionary<string, AccessList>();

    /// <summary>Places that requests can be sent through, by name.</summary>
    public IReadOnlyDictionary<string, ShieldingSite> ShieldingSites { get; init; } = new Dictionary<string, ShieldingSite>();

    /// <summary>The keys for Fastly's API that are taken for valid.</summary>
    public IReadOnlySet<string> ValidKeys { get; init; } = new HashSet<string>();

    /// <summary>Reads a <c>fastly.toml</c>. The files that it names are looked for from its folder on.</summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="FastlyException">Something in it is wrong; the message says the file, the line and the key.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static FastlyConfiguration Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = ConfigurationFiles.Beside(path);
        return Parse(files.ReadText(Path.GetFileName(path)), path, files);
    }

    internal static FastlyConfiguration Parse(string text, string file, ConfigurationFiles files) =>
        new ManifestReader(files).Read(TomlReader.Read(text, file));
}
