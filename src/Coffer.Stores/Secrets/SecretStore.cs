using System.Collections.Frozen;
using System.Text;

namespace Coffer.Stores;

/// <summary>Secrets by name, which guests read. All are replaced at once. Thread-safe.</summary>
public sealed class SecretStore
{
    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int NameBytes = 255;

    /// <summary>The largest secret, in bytes.</summary>
    public const int ValueBytes = 64 << 10;

    private FrozenDictionary<string, Secret> secrets;

    /// <summary>A store that holds something.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="secrets">What it holds.</param>
    /// <exception cref="ArgumentException">A name or a value is too long, or a name occurs twice.</exception>
    public SecretStore(string name, IEnumerable<KeyValuePair<string, Secret>>? secrets = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        this.secrets = Check(secrets ?? []);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The names of its secrets, in order.</summary>
    public IReadOnlyList<string> Names => [.. Volatile.Read(ref secrets).Keys.Order(StringComparer.Ordinal)];

    /// <summary>A secret; null when there is none of that name.</summary>
    /// <param name="name">The name.</param>
    public Secret? Get(string name) => Volatile.Read(ref secrets).GetValueOrDefault(name);

    /// <summary>Replaces all that it holds, or, when something is refused, nothing.</summary>
    /// <param name="next">What it holds from now on.</param>
    /// <exception cref="ArgumentException">A name or a value is too long, or a name occurs twice.</exception>
    public void Replace(IEnumerable<KeyValuePair<string, Secret>> next) => Volatile.Write(ref secrets, Check(next));

    /// <summary>Names the store and how many secrets it has.</summary>
    public override string ToString() => $"secret store \"{Name}\" with {Volatile.Read(ref secrets).Count} secrets";

    private FrozenDictionary<string, Secret> Check(IEnumerable<KeyValuePair<string, Secret>> next)
    {
        var all = new Dictionary<string, Secret>(StringComparer.Ordinal);
        foreach (var (name, secret) in next)
        {
            if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > NameBytes)
                throw Refused($"the name {KeyRules.Quote(name)} is empty or longer than {NameBytes} bytes");
            if (secret.Reveal().Length > ValueBytes) throw Refused($"the secret {KeyRules.Quote(name)} is larger than {ValueBytes} bytes");
            if (!all.TryAdd(name, secret)) throw Refused($"the name {KeyRules.Quote(name)} occurs twice");
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private ArgumentException Refused(string why) => new($"secret store {KeyRules.Quote(Name)}: {why}");
}
