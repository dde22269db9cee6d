using System.Runtime.CompilerServices;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>
/// What documents of queries and of schemas have in common. Documents become values with the field names that Open Policy
/// Agent's parser has; nodes carry their place under a key that <see cref="WithoutPlaces"/> takes away.
/// </summary>
internal abstract class GraphqlParser
{
    /// <summary>The key of the place of a node: line and column.</summary>
    public const string Place = "Position";

    private const int DeepestNesting = 200;
    private static readonly string[] ValueKinds = [
        "Variable", "Int", "Float", "String", "BlockString", "Boolean", "Null", "Enum", "List", "Object"];
    private readonly GraphqlLexer lexer;
    private int depth;

    protected GraphqlParser(string source)
    {
        lexer = new GraphqlLexer(source);
        Next = lexer.Next();
    }

    protected GraphqlToken Next { get; private set; }

    /// <summary>A document without the places of its nodes.</summary>
    public static RegoValue WithoutPlaces(RegoValue value) => value switch
    {
        RegoObject node => new RegoObject(
            node.Where(entry => entry.Key is not RegoString { Value: Place })
                .Select(entry => KeyValuePair.Create(entry.Key, WithoutPlaces(entry.Value)))),
        RegoArray nodes => new RegoArray(nodes.Select(WithoutPlaces)),
        _ => value,
    };

    /// <summary>An error with its place.</summary>
    public static BuiltinException Error(string message, RegoValue? place) => place is RegoArray { Count: 2 } at
        ? new($"{message} in GraphQL string at location {at[0]}:{at[1]}")
        : new(message);

    /// <summary>A node with the fields that are neither missing nor empty.</summary>
    protected static RegoObject Node(params (string Name, RegoValue? Value)[] fields) =>
        new(fields.Where(field => field.Value is not (null or RegoArray { Count: 0 }))
            .Select(field => KeyValuePair.Create((RegoValue)field.Name, field.Value!)));

    protected RegoArray Here => new((long)Next.Line, (long)Next.Column);

    protected bool IsNext(string text) =>
        Next.Kind is GraphqlTokenKind.Punctuation or GraphqlTokenKind.Name && Next.Text == text;

    protected GraphqlToken Take()
    {
        var token = Next;
        Next = lexer.Next();
        return token;
    }

    protected bool Skips(string text)
    {
        if (!IsNext(text)) return false;
        Take();
        return true;
    }

    protected void Require(string text)
    {
        if (!Skips(text)) throw At($"Expected {(char.IsAsciiLetter(text[0]) ? $"\"{text}\"" : text)}, found {Next}", Next);
    }

    protected string ReadName() =>
        Next.Kind == GraphqlTokenKind.Name ? Take().Text : throw At($"Expected Name, found {Next}", Next);

    protected static BuiltinException Unexpected(GraphqlToken token) => At($"Unexpected {token}", token);

    /// <summary>At least one item between two brackets; none when there is no bracket.</summary>
    protected RegoArray Some(string start, string end, Func<RegoValue> read)
    {
        var items = Many(start, end, read, out var last);
        return items is { Count: 0 }
            ? throw At($"expected at least one definition, found {last}", last)
            : items ?? new RegoArray();
    }

    /// <summary>Items between two brackets; none when there is no bracket.</summary>
    protected RegoArray Many(string start, string end, Func<RegoValue> read) =>
        Many(start, end, read, out _) ?? new RegoArray();

    protected RegoArray ReadArguments(bool isConstant) => Many("(", ")", () =>
    {
        var place = Here;
        var name = ReadName();
        Require(":");
        return Node(("Name", name), ("Value", ReadValue(isConstant)), (Place, place));
    });

    protected RegoArray ReadDirectives(bool isConstant)
    {
        var directives = new List<RegoValue>();
        while (IsNext("@"))
        {
            var place = Here;
            Take();
            directives.Add(Node(("Name", ReadName()), ("Arguments", ReadArguments(isConstant)), ("Location", ""),
                (Place, place)));
        }

        return new RegoArray(directives);
    }

    protected RegoObject ReadType()
    {
        Nest();
        var place = Here;
        RegoObject? element = null;
        var name = "";
        if (Skips("["))
        {
            element = ReadType();
            Require("]");
        }
        else name = ReadName();
        Unnest();
        return Node(("NamedType", name), ("Elem", element), ("NonNull", Skips("!")), (Place, place));
    }

    protected RegoObject ReadValue(bool isConstant)
    {
        Nest();
        var place = Here;
        var value = ReadPlainValue(isConstant);
        Unnest();
        return Node(
            ("Raw", value.Raw), ("Children", value.Children), ("Kind", (long)Array.IndexOf(ValueKinds, value.Kind)),
            ("ExpectedTypeHasDefault", false), (Place, place));
    }

    private (string Kind, string Raw, RegoArray? Children) ReadPlainValue(bool isConstant)
    {
        switch (Next)
        {
            case { Kind: GraphqlTokenKind.Punctuation, Text: "[" }:
                return ("List", "", Many("[", "]", () => Node(("Name", ""), ("Value", ReadValue(isConstant)))));
            case { Kind: GraphqlTokenKind.Punctuation, Text: "{" }:
                return ("Object", "", Many("{", "}", () =>
                {
                    var place = Here;
                    var name = ReadName();
                    Require(":");
                    return Node(("Name", name), ("Value", ReadValue(isConstant)), (Place, place));
                }));
            case { Kind: GraphqlTokenKind.Punctuation, Text: "$" } when !isConstant:
                Take();
                return ("Variable", ReadName(), null);
            case { Kind: GraphqlTokenKind.Name }:
                var word = Take().Text;
                return (word switch { "true" or "false" => "Boolean", "null" => "Null", _ => "Enum" }, word, null);
            case { Kind: GraphqlTokenKind.Int or GraphqlTokenKind.Float or GraphqlTokenKind.String or GraphqlTokenKind.BlockString }:
                var token = Take();
                return (token.Kind.ToString(), token.Text, null);
            default:
                throw Unexpected(Next);
        }
    }

    /// <summary>Called where a document goes deeper, and <see cref="Unnest"/> where it comes back.</summary>
    protected void Nest()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++depth > DeepestNesting) throw At($"the document is nested deeper than {DeepestNesting}", Next);
    }

    protected void Unnest() => depth--;

    private static BuiltinException At(string message, GraphqlToken token) =>
        Error(message, new RegoArray((long)token.Line, (long)token.Column));

    private RegoArray? Many(string start, string end, Func<RegoValue> read, out GraphqlToken last)
    {
        last = default;
        if (!Skips(start)) return null;
        var items = new List<RegoValue>();
        while (!IsNext(end))
        {
            if (Next.Kind == GraphqlTokenKind.Invalid) throw Unexpected(Next);
            items.Add(read());
        }

        last = Take();
        return new RegoArray(items);
    }
}
