using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Modules in the text format (specification, section 6.6.11).</summary>
internal static class ModuleParser
{
    /// <summary>Translates a text that is a module, or the fields of one.</summary>
    public static byte[] Parse(byte[] source, Features features, bool emitNames = false)
    {
        while (true)
        {
            var tokens = Lexer.Tokenize(new SourceText(source));
            var reader = new TokenReader(tokens, 0, tokens.Count - 1);
            if (!reader.IsOpen("module"u8)) return ParseFields(reader, features, emitNames, null);
            var left = reader.Position;
            var end = reader.Current.Extent;
            if (end == reader.End) reader.Throw(left, "unexpected token: end of text");
            if (end + 1 != reader.End)
            {
                reader.Position = end + 1;
                reader.ThrowUnexpected();
            }

            var form = ReadForm(reader);
            if (form == ModuleForm.Text) return Parse(tokens, left + 2, end, features, emitNames);
            var content = ReadStrings(reader);
            if (form == ModuleForm.Binary) return content;

            // A quotation may quote again; each time it gets shorter.
            source = content;
        }
    }

    /// <summary>Translates what stands between the word <c>module</c> and its right parenthesis.</summary>
    public static byte[] Parse(TokenList tokens, int first, int right, Features features, bool emitNames = false)
    {
        var reader = new TokenReader(tokens, first, right);
        var identifier = reader.Kind == TokenKind.Identifier ? reader.Text.ToArray() : null;
        if (identifier is not null) reader.Position++;
        return ParseFields(reader, features, emitNames, identifier);
    }

    /// <summary>Translates the fields that make up a whole text.</summary>
    public static byte[] ParseFields(TokenList tokens, Features features) =>
        ParseFields(new TokenReader(tokens, 0, tokens.Count - 1), features, false, null);

    /// <summary>
    /// Whether <c>(module</c>, an identifier, is followed by <c>binary</c> or <c>quote</c>; these are read.
    /// </summary>
    public static ModuleForm ReadForm(TokenReader reader)
    {
        reader.ExpectOpen("module"u8);
        if (reader.Kind == TokenKind.Identifier) reader.Position++;
        if (reader.TryKeyword("binary"u8)) return ModuleForm.Binary;
        return reader.TryKeyword("quote"u8) ? ModuleForm.Quote : ModuleForm.Text;
    }

    /// <summary>The strings up to the end of the module, one after another.</summary>
    public static byte[] ReadStrings(TokenReader reader)
    {
        var content = new WasmWriter();
        while (reader.Kind == TokenKind.String) reader.AppendString(content);
        reader.ExpectClose();
        return content.ToArray();
    }

    private static byte[] ParseFields(TokenReader reader, Features features, bool emitNames, byte[]? identifier)
    {
        var module = new ModuleContext(reader, features, emitNames);
        var symbol = identifier is null ? SymbolTable.None : module.Symbols.Intern(identifier);
        module.Names.Add(
            NameKind.Module, 0,
            symbol == SymbolTable.None ? null : module.Symbols.Name(symbol),
            module.Annotations.ClaimName(reader.Position, "module names"));
        var types = new TypeParser(module);
        var signatures = new SignatureParser(module, types);
        var declarations = new DeclarationPass(module, new TypeDefinitionParser(module, types, signatures));
        declarations.Run();
        var fields = new FieldParser(module, types, new TypeUseParser(module, signatures));
        while (!reader.AtEnd) fields.ParseField();
        if (module.NeedsDataCount) module.Sections.DataCount.Add().WriteUnsigned(module.Sections.Data.Count);
        return module.Sections.Assemble(CollectCustomSections(module, declarations, fields));
    }

    private static List<CustomSectionText> CollectCustomSections(
        ModuleContext module, DeclarationPass declarations, FieldParser fields)
    {
        var sections = new List<CustomSectionText>();
        if (!module.Annotations.IsEmpty)
        {
            sections.AddRange(module.Annotations.ReadCustomSections(declarations.FieldStarts));
            module.Annotations.CheckClaimed(declarations.IsInFunction);
        }

        if (fields.EncodeHints() is { } hints)
        {
            var name = "metadata.code.branch_hint"u8.ToArray();
            sections.Add(new CustomSectionText(name, CustomPlace.Before(SectionId.Code), hints));
        }

        if (module.Names.Encode() is { } names)
        {
            sections.Add(new CustomSectionText("name"u8.ToArray(), CustomPlace.Last, names));
        }

        return sections;
    }
}

/// <summary>How a module is written.</summary>
internal enum ModuleForm
{
    Text,
    Binary,
    Quote,
}
