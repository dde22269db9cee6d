using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// What the parts of the module parser share: the tokens, the index spaces and the sections being written.
/// </summary>
internal sealed class ModuleContext(TokenReader reader, Features features, bool emitNames)
{
    public TokenReader Reader => reader;

    public Features Features => features;

    public SymbolTable Symbols { get; } = new();

    public IndexSpace Types { get; } = new("type", "type");
    public IndexSpace Functions { get; } = new("func", "function");
    public IndexSpace Tables { get; } = new("table", "table");
    public IndexSpace Memories { get; } = new("memory", "memory");
    public IndexSpace Globals { get; } = new("global", "global");
    public IndexSpace Tags { get; } = new("tag", "tag");
    public IndexSpace Elements { get; } = new("elem segment", "elem segment");
    public IndexSpace Data { get; } = new("data segment", "data segment");

    /// <summary>The locals of the function being parsed.</summary>
    public IndexSpace Locals { get; } = new("local", "local");

    /// <summary>The function being parsed, to which names of locals and labels belong.</summary>
    public uint CurrentFunction { get; set; }

    public TypeTable TypeTable { get; } = new();

    public ModuleSections Sections { get; } = new();

    public NameCollector Names { get; } = new(emitNames);

    public AnnotationSet Annotations { get; } = new(reader);

    /// <summary>Whether an instruction refers to a data segment, which takes a data count section.</summary>
    public bool NeedsDataCount { get; set; }

    /// <summary>The symbol of an identifier, if one comes next.</summary>
    public int ReadOptionalIdentifier()
    {
        if (reader.Kind != TokenKind.Identifier) return SymbolTable.None;
        var symbol = Symbols.Intern(reader.Text);
        reader.Position++;
        return symbol;
    }

    /// <summary>Whether a token of this kind can be an index.</summary>
    public static bool IsIndex(TokenKind kind) => kind is TokenKind.Natural or TokenKind.Identifier;

    /// <summary>Reads an index or the identifier of one.</summary>
    public uint ReadIndex(IndexSpace space)
    {
        if (reader.Kind != TokenKind.Identifier) return (uint)reader.ReadNatural(32);
        var position = reader.Position;
        var symbol = ReadOptionalIdentifier();
        if (!space.TryResolve(symbol, out var index)) ThrowUnknown(position, space.LongName, symbol);
        return index;
    }

    /// <summary>Reads an index if one comes next, else gives 0.</summary>
    public uint ReadOptionalIndex(IndexSpace space) => IsIndex(reader.Kind) ? ReadIndex(space) : 0;

    /// <summary>
    /// Takes the next index of a space for the identifier that comes next, if any, and notes its name.
    /// </summary>
    /// <param name="space">The index space.</param>
    /// <param name="kind">What the name belongs to.</param>
    /// <param name="parent">The function of a local or the type of a field.</param>
    public void Bind(IndexSpace space, NameKind kind, uint parent = 0)
    {
        var position = reader.Position;
        var symbol = ReadOptionalIdentifier();
        var index = space.Count;
        if (!space.TryBind(symbol)) ThrowDuplicate(position, space, symbol);
        var identifier = symbol == SymbolTable.None ? null : Symbols.Name(symbol);
        Names.Add(kind, index, identifier, Annotations.ClaimName(reader.Position), parent);
    }

    /// <summary>Takes the next local for the identifier that comes next, if any.</summary>
    public void BindLocal() => Bind(Locals, NameKind.Local, CurrentFunction);

    private void ThrowDuplicate(int position, IndexSpace space, int symbol) =>
        reader.Throw(position, $"duplicate {space.ShortName} ${NameText(symbol)}");

    public void ThrowUnknown(int position, string what, int symbol) =>
        reader.Throw(position, $"unknown {what} ${NameText(symbol)}");

    /// <summary>Writes an export entry: its name comes next; the rest is given.</summary>
    public void WriteExport(byte kind, uint index)
    {
        var entry = Sections.Exports.Add();
        entry.WriteSized(reader.ReadName());
        entry.WriteByte(kind);
        entry.WriteUnsigned(index);
    }

    private string NameText(int symbol) => System.Text.Encoding.UTF8.GetString(Symbols.Name(symbol));
}
