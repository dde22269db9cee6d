namespace Coffer.Text;

/// <summary>
/// The identifiers that stand for the names of one index space when a module is printed: all different.
/// </summary>
internal sealed class IdentifierScope
{
    private readonly Dictionary<int, string> identifiers = [];
    private readonly Dictionary<int, string> originals = [];

    /// <summary>Identifiers for names by index. A name that occurs twice gets a suffix.</summary>
    public IdentifierScope(IEnumerable<KeyValuePair<int, string>> names)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, name) in names.OrderBy(entry => entry.Key))
        {
            var unique = name;
            if (name.Length == 0 || !used.Add(unique))
            {
                originals.Add(index, name);
                unique = $"{name}#{index}";
                while (!used.Add(unique)) unique += "#";
            }

            identifiers.Add(index, ToIdentifier(unique));
        }
    }

    /// <summary>The identifier of an index, or null.</summary>
    public string? Find(int index) => identifiers.GetValueOrDefault(index);

    /// <summary>The name of an index where its identifier is another.</summary>
    public string? FindOriginal(int index) => originals.GetValueOrDefault(index);

    /// <summary>A name as an identifier, quoted if need be.</summary>
    public static string ToIdentifier(string name)
    {
        var isPlain = name.All(c => c < 0x80 && CharacterClasses.Is((byte)c, CharacterClass.Identifier));
        return isPlain ? "$" + name : "$" + TextOutput.Quote(name);
    }
}
