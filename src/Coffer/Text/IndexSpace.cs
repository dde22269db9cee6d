namespace Coffer.Text;

/// <summary>
/// An index space: how many there are, and which identifiers name them (specification, section 6.1.3).
/// </summary>
/// <param name="shortName">The word of "duplicate …" errors.</param>
/// <param name="longName">The word of "unknown …" errors.</param>
internal sealed class IndexSpace(string shortName, string longName)
{
    private readonly Dictionary<int, uint> indices = [];

    /// <summary>The word of "duplicate …" errors.</summary>
    public string ShortName => shortName;

    /// <summary>The word of "unknown …" errors.</summary>
    public string LongName => longName;

    /// <summary>How many indices are taken.</summary>
    public uint Count { get; set; }

    /// <summary>
    /// Takes the next index for a symbol (or <see cref="SymbolTable.None"/>); false if the symbol is taken.
    /// </summary>
    public bool TryBind(int symbol) => symbol == SymbolTable.None ? BindNothing() : TryBindSymbol(symbol);

    public bool TryResolve(int symbol, out uint index) => indices.TryGetValue(symbol, out index);

    /// <summary>Forgets everything, for the next function.</summary>
    public void Clear()
    {
        indices.Clear();
        Count = 0;
    }

    private bool BindNothing()
    {
        Count++;
        return true;
    }

    private bool TryBindSymbol(int symbol)
    {
        if (!indices.TryAdd(symbol, Count)) return false;
        Count++;
        return true;
    }
}
