using System.Collections.Immutable;
using System.Text;

namespace Coffer.Text;

/// <summary>Scripts: the language of the specification's test suite.</summary>
internal sealed class WastParser
{
    // Threads may contain threads; nobody needs more of that.
    private const int MaxThreadDepth = 64;

    private readonly TokenList tokens;
    private readonly TokenReader reader;
    private readonly WastValueParser values;
    private int threadDepth;

    public WastParser(TokenList tokens)
    {
        this.tokens = tokens;
        reader = new TokenReader(tokens, 0, tokens.Count - 1);
        values = new WastValueParser(reader);
    }

    /// <summary>All directives of the script.</summary>
    public ImmutableArray<WastDirective> ParseScript()
    {
        if (IsModuleField()) return [new ModuleDirective(Line(0), null, new WastFieldsModule(tokens))];
        var directives = ImmutableArray.CreateBuilder<WastDirective>();
        while (!reader.AtEnd) directives.Add(ParseDirective());
        return directives.ToImmutable();
    }

    private bool IsModuleField()
    {
        string[] fields =
            ["type", "rec", "import", "func", "table", "memory", "global", "tag", "export", "start", "elem", "data"];
        return Array.Exists(fields, word => reader.IsOpen(Encoding.ASCII.GetBytes(word)));
    }

    private int Line(int token) => tokens.Source.LineOf(tokens[token].Start);

    private WastDirective ParseDirective()
    {
        var left = reader.Position;
        var line = Line(left);
        if (reader.IsOpen("module"u8)) return ParseModuleDirective(line);
        if (reader.IsOpen("invoke"u8) || reader.IsOpen("get"u8)) return new ActionDirective(line, ParseAction());
        reader.Expect(TokenKind.LeftParen);
        var word = reader.Kind == TokenKind.Keyword ? Encoding.UTF8.GetString(reader.Text) : "";
        reader.Position++;
        WastDirective? directive = word switch
        {
            "register" => new RegisterDirective(line, reader.ReadNameString(), ReadOptionalName()),
            "thread" => ParseThread(line),
            "wait" => new WaitDirective(line, ReadRequiredName()),
            "assert_return" => new AssertReturnDirective(line, ParseAction(), values.ParsePatterns()),
            "assert_exception" => new AssertExceptionDirective(line, ParseAction()),
            "assert_exhaustion" => new AssertExhaustionDirective(line, ParseAction(), reader.ReadNameString()),
            "assert_suspension" => new AssertSuspensionDirective(line, ParseAction(), reader.ReadNameString()),
            "assert_trap" => ParseAssertTrap(line),
            _ => ParseModuleAssertion(word, line),
        };
        if (directive is null)
        {
            reader.Position = left + 1;
            if (word == "component") reader.Throw(left + 1, "unknown operator component: this reads core modules only");
            reader.ThrowUnexpected();
        }

        reader.ExpectClose();
        return directive!;
    }

    private WastDirective? ParseModuleAssertion(string word, int line)
    {
        switch (word)
        {
            case "assert_malformed" or "assert_malformed_custom":
                var isCustom = word != "assert_malformed";
                return new AssertMalformedDirective(line, ParseModule(), reader.ReadNameString(), isCustom);
            case "assert_invalid" or "assert_invalid_custom":
                isCustom = word != "assert_invalid";
                return new AssertInvalidDirective(line, ParseModule(), reader.ReadNameString(), isCustom);
            case "assert_unlinkable":
                return new AssertUnlinkableDirective(line, ParseModule(), reader.ReadNameString());
            default:
                return null;
        }
    }

    private WastDirective ParseModuleDirective(int line)
    {
        var left = reader.Position;
        var end = reader.Current.Extent;
        reader.Position += 2;
        if (reader.TryKeyword("instance"u8))
        {
            var directive = new ModuleInstanceDirective(line, ReadOptionalName(), ReadOptionalName());
            reader.ExpectClose();
            return directive;
        }

        var isDefinition = reader.TryKeyword("definition"u8);
        var first = reader.Position;
        var name = ReadOptionalName();
        WastModule module;
        if (reader.TryKeyword("binary"u8)) module = new WastBinaryModule(ReadStrings());
        else if (reader.TryKeyword("quote"u8)) module = new WastQuotedModule(ReadStrings());
        else
        {
            CheckClosed(left, end);
            module = new WastTextModule(tokens, first, end);
            reader.Position = end + 1;
        }

        return isDefinition
            ? new ModuleDefinitionDirective(line, name, module)
            : new ModuleDirective(line, name, module);
    }

    // The module of an assertion.
    private WastModule ParseModule()
    {
        if (!reader.IsOpen("module"u8)) reader.ExpectOpen("module"u8);
        return ParseModuleDirective(0) switch
        {
            ModuleDirective directive => directive.Module,
            ModuleDefinitionDirective directive => directive.Module,
            _ => throw tokens.Source.Error(reader.Current.Start, "unexpected token: an assertion needs a module"),
        };
    }

    private byte[] ReadStrings() => ModuleParser.ReadStrings(reader);

    private void CheckClosed(int left, int end)
    {
        if (tokens[end].Kind != TokenKind.RightParen) reader.Throw(left, "unexpected token: the module is not closed");
    }

    private WastDirective ParseAssertTrap(int line)
    {
        return reader.IsOpen("module"u8)
            ? new AssertModuleTrapDirective(line, ParseModule(), reader.ReadNameString())
            : new AssertTrapDirective(line, ParseAction(), reader.ReadNameString());
    }

    private WastAction ParseAction()
    {
        var isInvoke = reader.TryOpen("invoke"u8);
        if (!isInvoke) reader.ExpectOpen("get"u8);
        var module = ReadOptionalName();
        var name = reader.ReadNameString();
        WastAction action = isInvoke
            ? new InvokeAction(module, name, values.ParseValues())
            : new GetAction(module, name);
        reader.ExpectClose();
        return action;
    }

    private ThreadDirective ParseThread(int line)
    {
        if (++threadDepth > MaxThreadDepth) reader.Throw(reader.Position, "too many nested threads");
        var name = ReadRequiredName();
        var shared = ImmutableArray.CreateBuilder<string>();
        while (reader.TryOpen("shared"u8))
        {
            reader.ExpectOpen("module"u8);
            shared.Add(ReadRequiredName());
            reader.ExpectClose();
            reader.ExpectClose();
        }

        var body = ImmutableArray.CreateBuilder<WastDirective>();
        while (reader.Kind == TokenKind.LeftParen) body.Add(ParseDirective());
        threadDepth--;
        return new ThreadDirective(line, name, shared.ToImmutable(), body.ToImmutable());
    }

    private string ReadRequiredName()
    {
        if (reader.Kind != TokenKind.Identifier) reader.ThrowUnexpected();
        return ReadOptionalName()!;
    }

    private string? ReadOptionalName()
    {
        if (reader.Kind != TokenKind.Identifier) return null;
        var symbols = new SymbolTable();
        var name = Encoding.UTF8.GetString(symbols.Name(symbols.Intern(reader.Text)));
        reader.Position++;
        return name;
    }
}
