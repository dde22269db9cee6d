using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>
/// Reads the part of Rego in which the cases are written. What it does not know is a <see cref="NotSupportedException"/>.
/// </summary>
internal sealed class RegoParser
{
    private static readonly string[][] Operators = [
        ["==", "!=", "<", "<=", ">", ">="], ["|"], ["&"], ["+", "-"], ["*", "/", "%"]];
    private readonly List<Token> tokens;
    private int position;
    private int wildcards;

    private RegoParser(string source) => tokens = RegoLexer.Read(source);

    public static RegoModule ReadModule(string source) => new RegoParser(source).ReadModule();

    public static IReadOnlyList<Statement> ReadQuery(string source) =>
        new RegoParser(source).ReadStatements(TokenKind.End, "");

    private Token Next => tokens[position];

    private bool IsOnSameLine => position > 0 && Next.Line == tokens[position - 1].Line;

    private RegoModule ReadModule()
    {
        Require("package");
        var package = string.Join('/', PathOf((Reference)Ensure(ReadPostfix())));
        var imports = new Dictionary<string, Reference>();
        while (Skips("import"))
        {
            var imported = Ensure(ReadPostfix());
            var name = Skips("as") ? Take() : (string)((RegoString)((Scalar)imported.Path[^1]).Value).Value;
            if (((Variable)imported.Head).Name is "input" or "data") imports[name] = imported;
        }

        var rules = new List<Rule>();
        while (Next.Kind != TokenKind.End) rules.Add(ReadRule());
        return new(package, imports, rules);
    }

    private static Reference Ensure(Term term) => term as Reference ?? new Reference(term, []);

    private static IEnumerable<string> PathOf(Reference reference) =>
        [((Variable)reference.Head).Name, .. reference.Path.Select(key => ((RegoString)((Scalar)key).Value).Value)];

    private Rule ReadRule()
    {
        var isDefault = Skips("default");
        var rule = new Rule(Take()) { IsDefault = isDefault };
        if (Next.Is("(") && !Next.IsAfterSpace) rule = rule with { Arguments = ReadList("(", ")") };
        if (Next.Is("[")) rule = rule with { Key = ReadList("[", "]").Single() };
        if (Skips("contains")) rule = rule with { Key = ReadTerm(), IsSetItem = true };
        return Finish(rule);
    }

    private Rule Finish(Rule rule)
    {
        if (Skips(":=") || Skips("=")) rule = rule with { Value = ReadTerm() };
        else if (rule.Key is not null) rule = rule with { IsSetItem = true };
        if (Skips("if")) rule = rule with { Body = Next.Is("{") ? ReadBody() : [ReadStatement()] };
        else if (Next.Is("{")) rule = rule with { Body = ReadBody() };
        if (!Skips("else")) return rule;
        return rule with { Else = Finish(new Rule(rule.Name) { Arguments = rule.Arguments }) };
    }

    private List<Statement> ReadBody()
    {
        Require("{");
        return ReadStatements(TokenKind.Symbol, "}");
    }

    private List<Statement> ReadStatements(TokenKind endKind, string end)
    {
        var statements = new List<Statement>();
        while (Next.Kind != endKind || Next.Text != end)
        {
            statements.Add(ReadStatement());
            Skips(";");
        }

        position++;
        return statements;
    }

    private Statement ReadStatement()
    {
        if (Skips("not")) return new Negation(ReadStatement());
        if (Skips("some")) return ReadSome();
        if (Skips("every")) return ReadEvery();
        var left = ReadTerm();
        Statement statement = Skips(":=") || Skips("=") ? new Unification(left, ReadTerm())
            : Skips("in") ? new Membership(null, left, ReadTerm())
            : new TermStatement(left);
        var with = new List<(Term, Term)>();
        while (Skips("with"))
        {
            var target = ReadPostfix();
            Require("as");
            with.Add((target, ReadTerm()));
        }

        return statement with { With = with };
    }

    private Statement ReadSome()
    {
        var first = ReadTerm();
        var terms = new List<Term> { first };
        while (Skips(",")) terms.Add(ReadTerm());
        if (!Skips("in")) return new Declaration([.. terms.Select(term => ((Variable)term).Name)]);
        return new Membership(terms.Count == 2 ? terms[0] : null, terms[^1], ReadTerm());
    }

    private Every ReadEvery()
    {
        var first = Take();
        var second = Skips(",") ? Take() : null;
        Require("in");
        return new Every(second is null ? null : first, second ?? first, ReadTerm(), ReadBody());
    }

    private Term ReadTerm(int level = 0, bool withUnion = true)
    {
        if (level == Operators.Length) return ReadPostfix();
        var left = ReadTerm(level + 1, withUnion);
        while (Next.Kind == TokenKind.Symbol && Operators[level].Contains(Next.Text) && (withUnion || Next.Text != "|"))
        {
            var name = Take();
            left = new Call(name, [left, ReadTerm(level + 1, withUnion)]);
        }

        return left;
    }

    private Term ReadPostfix()
    {
        var term = ReadPrimary();
        var path = new List<Term>();
        while (IsOnSameLine || Next.Is("."))
        {
            if (Next.Is(".") && Skips(".")) path.Add(new Scalar(Take()));
            else if (Next.Is("[") && !Next.IsAfterSpace) path.AddRange(ReadList("[", "]"));
            else if (Next.Is("(") && !Next.IsAfterSpace)
            {
                term = new Call(string.Join('.', PathOf(new Reference(term, path))), ReadList("(", ")"));
                path = [];
            }
            else break;
        }

        return path.Count == 0 ? term : new Reference(term, path);
    }

    private Term ReadPrimary()
    {
        var token = tokens[position++];
        switch (token)
        {
            case { Kind: TokenKind.Text }: return new Scalar(token.Text);
            case { Kind: TokenKind.Number }: return new Scalar(RegoNumber.Parse(ExponentOf(token.Text)));
            case { Text: "-" }: return new Scalar(RegoNumber.Parse("-" + ExponentOf(Take())));
            case { Text: "true" or "false" or "null" }: return new Scalar(RegoValue.Parse(token.Text));
            case { Text: "_" }: return new Variable($"_{wildcards++}");
            case { Text: "set" } when Next.Is("("):
                Require("(");
                Require(")");
                return new SetTerm([]);
            case { Kind: TokenKind.Name }: return new Variable(token.Text);
            case { Text: "(" }:
                var inner = ReadTerm();
                Require(")");
                return inner;
            case { Text: "[" }: return ReadArray();
            case { Text: "{" }: return ReadBraces();
            default: throw new NotSupportedException($"{token.Text} in line {token.Line}");
        }
    }

    private string ExponentOf(string number)
    {
        if (number[^1] is not ('e' or 'E') || !(Next.Is("-") || Next.Is("+"))) return number;
        return number + Take() + Take();
    }

    private Term ReadArray()
    {
        if (Skips("]")) return new ArrayTerm([]);
        var first = ReadTerm(withUnion: false);
        if (Skips("|")) return new Comprehension('[', null, first, ReadStatements(TokenKind.Symbol, "]"));
        return new ArrayTerm([first, .. Skips(",") ? ReadRest("]") : End("]")]);
    }

    private Term ReadBraces()
    {
        if (Skips("}")) return new ObjectTerm([]);
        var first = ReadTerm(withUnion: false);
        if (Skips("|")) return new Comprehension('{', null, first, ReadStatements(TokenKind.Symbol, "}"));
        if (!Skips(":")) return new SetTerm([first, .. Skips(",") ? ReadRest("}") : End("}")]);
        var value = ReadTerm(withUnion: false);
        if (Skips("|")) return new Comprehension('{', first, value, ReadStatements(TokenKind.Symbol, "}"));
        var entries = new List<(Term, Term)> { (first, value) };
        while (Skips(",") && !Next.Is("}"))
        {
            var key = ReadTerm();
            Require(":");
            entries.Add((key, ReadTerm()));
        }

        Require("}");
        return new ObjectTerm(entries);
    }

    private List<Term> ReadList(string start, string end)
    {
        Require(start);
        return ReadRest(end);
    }

    private List<Term> ReadRest(string end)
    {
        var items = new List<Term>();
        while (!Skips(end))
        {
            items.Add(ReadTerm());
            if (!Skips(",") && !Next.Is(end)) throw new NotSupportedException($"{Next.Text} in line {Next.Line}");
        }

        return items;
    }

    private List<Term> End(string end)
    {
        Require(end);
        return [];
    }

    private string Take() => tokens[position++].Text;

    private bool Skips(string symbol)
    {
        if (!Next.Is(symbol)) return false;
        position++;
        return true;
    }

    private void Require(string symbol)
    {
        if (!Skips(symbol)) throw new NotSupportedException($"{Next.Text} instead of {symbol} in line {Next.Line}");
    }
}
