namespace Coffer.Text;

/// <summary>
/// The labels around an instruction, innermost last. An inner label hides outer ones of the same name.
/// </summary>
internal sealed class LabelScope
{
    private readonly List<(int Symbol, int Hidden)> labels = [];
    private readonly Dictionary<int, int> visible = [];

    /// <summary>How many labels there are.</summary>
    public int Depth => labels.Count;

    /// <summary>The innermost label's symbol.</summary>
    public int Innermost => labels[^1].Symbol;

    public void Clear()
    {
        labels.Clear();
        visible.Clear();
    }

    public void Push(int symbol)
    {
        var hidden = -1;
        if (symbol != SymbolTable.None)
        {
            if (visible.TryGetValue(symbol, out var outer)) hidden = outer;
            visible[symbol] = labels.Count;
        }

        labels.Add((symbol, hidden));
    }

    public void Pop()
    {
        var (symbol, hidden) = labels[^1];
        labels.RemoveAt(labels.Count - 1);
        if (symbol == SymbolTable.None) return;
        if (hidden >= 0) visible[symbol] = hidden;
        else visible.Remove(symbol);
    }

    /// <summary>The relative depth of a named label: 0 is the innermost.</summary>
    public bool TryResolve(int symbol, out uint depth)
    {
        var found = visible.TryGetValue(symbol, out var position);
        depth = found ? (uint)(labels.Count - 1 - position) : 0;
        return found;
    }
}
