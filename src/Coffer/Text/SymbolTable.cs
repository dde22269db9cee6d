using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Numbers the identifiers of a module, so that they are compared as bytes only once.</summary>
internal sealed class SymbolTable
{
    /// <summary>Stands for the absence of an identifier.</summary>
    public const int None = -1;

    private readonly Dictionary<byte[], int> symbols = new(ByteStringComparer.Instance);
    private readonly List<byte[]> names = [];
    private readonly WasmWriter decoded = new();

    /// <summary>
    /// The number of an identifier, given as its token's characters. <c>$a</c> and <c>$"a"</c> are the same.
    /// </summary>
    public int Intern(ReadOnlySpan<byte> token)
    {
        var name = token[1..];
        if (name[0] == (byte)'"')
        {
            decoded.Clear();
            StringLiteral.Decode(name, decoded);
            name = decoded.Written;
        }

        var lookup = symbols.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(name, out var symbol)) return symbol;
        var bytes = name.ToArray();
        symbol = names.Count;
        names.Add(bytes);
        symbols.Add(bytes, symbol);
        return symbol;
    }

    /// <summary>The identifier's characters, without <c>$</c>.</summary>
    public byte[] Name(int symbol) => names[symbol];
}
