using System.Collections.Frozen;
using System.Text;

namespace Coffer.Stores;

/// <summary>What a configuration store takes. Immutable. The bounds of a name and a value are those of Fastly's stores.</summary>
public sealed record ConfigStoreLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ConfigStoreLimits Default { get; } = new();

    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public int NameBytes { get; init; } = 255;

    /// <summary>The longest value, in bytes of UTF-8.</summary>
    public int ValueBytes { get; init; } = 8000;

    /// <summary>The most entries.</summary>
    public int Entries { get; init; } = 10_000;
}

/// <summary>
/// Names and their values, which guests read. All are replaced at once: who reads twice through one <see cref="Snapshot"/>
/// sees one state. Thread-safe.
/// </summary>
public sealed class ConfigStore
{
    private FrozenDictionary<string, string> entries;

    /// <summary>A store that holds something.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="entries">What it holds.</param>
    /// <param name="limits">What it takes.</param>
    /// <exception cref="ArgumentException">A limit was reached.</exception>
    public ConfigStore(string name, IEnumerable<KeyValuePair<string, string>>? entries = null, ConfigStoreLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Limits = limits ?? ConfigStoreLimits.Default;
        this.entries = Check(entries ?? []);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it takes.</summary>
    public ConfigStoreLimits Limits { get; }

    /// <summary>All that it holds now; it does not change any more.</summary>
    public IReadOnlyDictionary<string, string> Snapshot => Volatile.Read(ref entries);

    /// <summary>The value of a name; null when there is none.</summary>
    /// <param name="name">The name.</param>
    public string? Get(string name) => Volatile.Read(ref entries).GetValueOrDefault(name);

    /// <summary>Replaces all that it holds, or, when a limit was reached, nothing.</summary>
    /// <param name="next">What it holds from now on.</param>
    /// <exception cref="ArgumentException">A limit was reached, or a name occurs twice.</exception>
    public void Replace(IEnumerable<KeyValuePair<string, string>> next) => Volatile.Write(ref entries, Check(next));

    private FrozenDictionary<string, string> Check(IEnumerable<KeyValuePair<string, string>> next)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in next)
        {
            if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > Limits.NameBytes)
                throw Refused($"the name {KeyRules.Quote(name)} is empty or longer than {Limits.NameBytes} bytes");
            if (Encoding.UTF8.GetByteCount(value) > Limits.ValueBytes)
                throw Refused($"the value of {KeyRules.Quote(name)} is longer than {Limits.ValueBytes} bytes");
            if (!all.TryAdd(name, value)) throw Refused($"the name {KeyRules.Quote(name)} occurs twice");
            if (all.Count > Limits.Entries) throw Refused($"there are more than {Limits.Entries} entries");
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private ArgumentException Refused(string why) => new($"configuration store {KeyRules.Quote(Name)}: {why}");
}
