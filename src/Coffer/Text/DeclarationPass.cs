using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// The first pass over a module: gives every identifier its index, since fields may refer to later ones, and puts the
/// explicit types before all implicit ones. Skips everything else.
/// </summary>
internal sealed class DeclarationPass(ModuleContext module, TypeDefinitionParser definitions)
{
    private readonly TokenReader reader = module.Reader;
    private readonly List<int> typeFields = [];
    private readonly List<int> functionFields = [];
    private string? definition;

    /// <summary>The tokens before which a custom section may stand: those that begin fields, and the last.</summary>
    public HashSet<int> FieldStarts { get; } = [];

    /// <summary>Whether a token belongs to a function.</summary>
    public bool IsInFunction(int token) =>
        functionFields.Any(left => left < token && token <= reader.Tokens[left].Extent);

    public void Run()
    {
        var first = reader.Position;
        while (!reader.AtEnd)
        {
            var left = reader.Position;
            if (!module.Annotations.IsEmpty) FieldStarts.Add(left);
            reader.Expect(TokenKind.LeftParen);
            DeclareField(left);
            reader.SkipGroup(left);
        }

        FieldStarts.Add(reader.Position);
        DefineTypes();
        reader.Position = first;
    }

    private void DeclareField(int left)
    {
        if (reader.TryKeyword("type"u8)) DeclareType(left);
        else if (reader.TryKeyword("rec"u8)) DeclareRecursionGroup(left);
        else if (reader.TryKeyword("import"u8)) DeclareImports(left);
        else if (reader.TryKeyword("elem"u8)) module.Bind(module.Elements, NameKind.Element);
        else if (reader.TryKeyword("data"u8)) module.Bind(module.Data, NameKind.Data);
        else if (reader.TryKeyword("export"u8) || reader.TryKeyword("start"u8)) return;
        else DeclareDefinition(left);
    }

    private void DeclareType(int left)
    {
        module.Bind(module.Types, NameKind.Type);
        typeFields.Add(left);
    }

    private void DeclareRecursionGroup(int left)
    {
        typeFields.Add(left);
        while (reader.IsOpen("type"u8))
        {
            var member = reader.Position;
            reader.Position += 2;
            module.Bind(module.Types, NameKind.Type);
            reader.SkipGroup(member);
        }
    }

    private void DeclareImports(int left)
    {
        if (definition is not null) reader.Throw(left, "import after " + definition);
        reader.ReadName();
        if (!reader.IsOpen("item"u8))
        {
            reader.ReadName();
            DeclareImport();
            return;
        }

        foreach (var item in CompactImports.Read(reader))
        {
            reader.Position = item.Type;
            DeclareImport(mayBeNamed: !item.IsShared);
        }
    }

    private void DeclareImport(bool mayBeNamed = true)
    {
        reader.Expect(TokenKind.LeftParen);
        var (space, kind, _) = ReadKind();
        if (!mayBeNamed && reader.Kind == TokenKind.Identifier)
        {
            reader.Throw(reader.Position, "identifier not allowed where several imports share a type");
        }

        module.Bind(space, kind);
    }

    private void DeclareDefinition(int left)
    {
        var (space, kind, word) = ReadKind();
        if (kind == NameKind.Function) functionFields.Add(left);
        module.Bind(space, kind);
        while (reader.IsOpen("export"u8)) reader.SkipGroup(reader.Position);
        if (reader.IsOpen("import"u8))
        {
            if (definition is not null) reader.Throw(left, "import after " + definition);
            return;
        }

        definition ??= word;
        if (kind is not (NameKind.Table or NameKind.Memory)) return;

        // An inline segment takes an index of its own.
        var (segments, segmentKind) = kind == NameKind.Table
            ? (module.Elements, NameKind.Element)
            : (module.Data, NameKind.Data);
        for (; reader.Kind is not (TokenKind.RightParen or TokenKind.End); SkipItem())
        {
            if (reader.IsOpen("elem"u8) || reader.IsOpen("data"u8))
            {
                segments.TryBind(SymbolTable.None);
                module.Names.Add(segmentKind, segments.Count - 1, null, null);
            }
        }
    }

    private void SkipItem()
    {
        if (reader.Kind == TokenKind.LeftParen) reader.SkipGroup(reader.Position);
        else reader.Position++;
    }

    private (IndexSpace Space, NameKind Kind, string Word) ReadKind()
    {
        if (reader.TryKeyword("func"u8)) return (module.Functions, NameKind.Function, "function");
        if (reader.TryKeyword("table"u8)) return (module.Tables, NameKind.Table, "table");
        if (reader.TryKeyword("memory"u8)) return (module.Memories, NameKind.Memory, "memory");
        if (reader.TryKeyword("global"u8)) return (module.Globals, NameKind.Global, "global");
        if (reader.TryKeyword("tag"u8)) return (module.Tags, NameKind.Tag, "tag");
        reader.ThrowUnexpected();
        return default;
    }

    private void DefineTypes()
    {
        foreach (var field in typeFields)
        {
            reader.Position = field + 1;
            if (reader.TryKeyword("type"u8))
            {
                module.ReadOptionalIdentifier();
                definitions.Write(module.Sections.Types.Add(), isAlone: true);
                continue;
            }

            reader.ExpectKeyword("rec"u8);
            DefineRecursionGroup();
        }
    }

    private void DefineRecursionGroup()
    {
        var members = new WasmWriter();
        uint count = 0;
        for (; reader.IsOpen("type"u8); count++)
        {
            var isLast = reader.Peek(reader.Current.Extent + 1 - reader.Position) == TokenKind.RightParen;
            reader.Position += 2;
            module.ReadOptionalIdentifier();
            definitions.Write(members, isAlone: isLast && count == 0);
        }

        reader.ExpectClose();
        var output = module.Sections.Types.Add();
        output.WriteByte(0x4E);
        output.WriteUnsigned(count);
        output.WriteBytes(members.Written);
    }
}
