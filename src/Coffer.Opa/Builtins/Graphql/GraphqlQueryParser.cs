using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>Reads documents of queries.</summary>
internal sealed class GraphqlQueryParser : GraphqlParser
{
    private GraphqlQueryParser(string source) : base(source)
    {
    }

    /// <summary>A document of operations and fragments.</summary>
    /// <exception cref="BuiltinException">It is none.</exception>
    public static RegoObject Parse(string source) => new GraphqlQueryParser(source).ReadDocument();

    private RegoObject ReadDocument()
    {
        var operations = new List<RegoValue>();
        var fragments = new List<RegoValue>();
        while (Next.Kind != GraphqlTokenKind.End)
        {
            if (IsNext("{") || (Next.Kind == GraphqlTokenKind.Name
                && Next.Text is "query" or "mutation" or "subscription")) operations.Add(ReadOperation());
            else if (Next.Kind == GraphqlTokenKind.Name && Next.Text == "fragment") fragments.Add(ReadFragment());
            else throw Unexpected(Next);
        }

        return Node(("Operations", new RegoArray(operations)), ("Fragments", new RegoArray(fragments)));
    }

    private RegoObject ReadOperation()
    {
        var place = Here;
        if (IsNext("{")) return Node(
            ("Operation", "query"), ("Name", ""), ("SelectionSet", ReadSelections()), (Place, place));
        var operation = Take().Text;
        var name = Next.Kind == GraphqlTokenKind.Name ? Take().Text : "";
        return Node(
            ("Operation", operation), ("Name", name), ("VariableDefinitions", ReadVariables()),
            ("Directives", ReadDirectives(isConstant: false)), ("SelectionSet", ReadSelections()), (Place, place));
    }

    private RegoArray ReadVariables() => Many("(", ")", () =>
    {
        var place = Here;
        Require("$");
        var name = ReadName();
        Require(":");
        return Node(
            ("Variable", name), ("Type", ReadType()), ("DefaultValue", Skips("=") ? ReadValue(isConstant: true) : null),
            ("Directives", ReadDirectives(isConstant: false)), ("Used", false), (Place, place));
    });

    private RegoArray ReadSelections()
    {
        if (!IsNext("{")) Require("{");
        Nest();
        var selections = Some("{", "}", ReadSelection);
        Unnest();
        return selections;
    }

    private RegoObject ReadSelection()
    {
        var place = Here;
        if (Skips("...")) return ReadSpread(place);
        var alias = ReadName();
        var name = Skips(":") ? ReadName() : alias;
        return Node(
            ("Alias", alias), ("Name", name), ("Arguments", ReadArguments(isConstant: false)),
                ("Directives", ReadDirectives(isConstant: false)),
            ("SelectionSet", IsNext("{") ? ReadSelections() : null), (Place, place));
    }

    private RegoObject ReadSpread(RegoArray place)
    {
        if (Next.Kind == GraphqlTokenKind.Name && Next.Text != "on") return Node(
            ("Name", Take().Text), ("Directives", ReadDirectives(isConstant: false)), (Place, place));
        return Node(
            ("TypeCondition", Skips("on") ? ReadName() : ""), ("Directives", ReadDirectives(isConstant: false)),
                ("SelectionSet", ReadSelections()), (Place, place));
    }

    private RegoObject ReadFragment()
    {
        var place = Here;
        Take();
        if (IsNext("on")) throw Unexpected(Next);
        var name = ReadName();
        var variables = ReadVariables();
        Require("on");
        return Node(
            ("Name", name), ("VariableDefinition", variables), ("TypeCondition", ReadName()),
                ("Directives", ReadDirectives(isConstant: false)),
            ("SelectionSet", ReadSelections()), (Place, place));
    }
}
