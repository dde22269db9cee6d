using System.Globalization;

namespace Coffer.Text;

/// <summary>The labels around an instruction being printed.</summary>
internal sealed class PrintedLabels
{
    private readonly LabelScope scope = new();
    private readonly Dictionary<string, int> symbols = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<int> open = [];
    private Dictionary<int, string> labelNames = [];
    private int count;

    /// <summary>How many blocks are open.</summary>
    public int Depth => scope.Depth;

    /// <summary>Begins an expression whose labels have these names, by their order.</summary>
    public void Begin(Dictionary<int, string> names)
    {
        labelNames = names;
        scope.Clear();
        open.Clear();
        count = 0;
    }

    /// <summary>Opens the next block; its identifier, if it has one.</summary>
    public string? Push()
    {
        var symbol = labelNames.TryGetValue(count++, out var name) && name.Length > 0 ? Intern(name) : SymbolTable.None;
        scope.Push(symbol);
        open.Add(symbol);
        return symbol == SymbolTable.None ? null : names[symbol];
    }

    public void Pop()
    {
        scope.Pop();
        open.RemoveAt(open.Count - 1);
    }

    /// <summary>Leaves the innermost block for as long as its catch clauses are printed.</summary>
    public void SuspendInnermost() => scope.Pop();

    /// <summary>Enters the block again.</summary>
    public void ResumeInnermost() => scope.Push(open[^1]);

    /// <summary>The label of a relative depth: its identifier, unless an inner one hides it, or the number.</summary>
    public string Reference(uint depth)
    {
        if (depth < (uint)scope.Depth)
        {
            var symbol = open[scope.Depth - 1 - (int)depth];
            var isVisible = symbol != SymbolTable.None && scope.TryResolve(symbol, out var found) && found == depth;
            if (isVisible) return names[symbol];
        }

        return depth.ToString(CultureInfo.InvariantCulture);
    }

    private int Intern(string name)
    {
        if (symbols.TryGetValue(name, out var symbol)) return symbol;
        symbol = names.Count;
        symbols.Add(name, symbol);
        names.Add(IdentifierScope.ToIdentifier(name));
        return symbol;
    }
}
