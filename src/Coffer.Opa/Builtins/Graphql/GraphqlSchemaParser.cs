using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>Reads documents of schemas.</summary>
internal sealed class GraphqlSchemaParser : GraphqlParser
{
    private static readonly string[] Locations =
    [
        "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
            "VARIABLE_DEFINITION",
        "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE", "UNION", "ENUM", "ENUM_VALUE",
            "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
    ];

    private readonly List<RegoValue> schemas = [], schemaExtensions = [], directives = [], definitions = [], extensions = [];

    private GraphqlSchemaParser(string source) : base(source)
    {
    }

    /// <summary>A document of types, directives and roots.</summary>
    /// <exception cref="BuiltinException">It is none.</exception>
    public static RegoObject Parse(string source) => new GraphqlSchemaParser(source).ReadDocument();

    private RegoObject ReadDocument()
    {
        while (Next.Kind != GraphqlTokenKind.End) ReadDefinition();
        return Node(
            ("Schema", new RegoArray(schemas)), ("SchemaExtension", new RegoArray(schemaExtensions)),
                ("Directives", new RegoArray(directives)),
            ("Definitions", new RegoArray(definitions)), ("Extensions", new RegoArray(extensions)));
    }

    private void ReadDefinition()
    {
        var first = Next;
        var description = ReadDescription();
        if (Next.Kind != GraphqlTokenKind.Name) throw Unexpected(Next);
        switch (Next.Text)
        {
            case "schema":
                schemas.Add(ReadSchema(description));
                break;
            case "directive":
                directives.Add(ReadDirectiveDefinition(description));
                break;
            case "extend" when first == Next:
                Take();
                ReadExtension();
                break;
            case "extend":
                throw Unexpected(first);
            default:
                definitions.Add(ReadType(description).Type);
                break;
        }
    }

    private string ReadDescription() =>
        Next.Kind is GraphqlTokenKind.String or GraphqlTokenKind.BlockString ? Take().Text : "";

    private void ReadExtension()
    {
        if (Next.Kind != GraphqlTokenKind.Name) throw Unexpected(Next);
        if (Next.Text == "schema")
        {
            var schema = ReadSchema("");
            if (schema["Directives"] is null && schema["OperationTypes"] is null) throw Unexpected(Next);
            schemaExtensions.Add(schema);
            return;
        }

        var (type, isEmpty) = ReadType("");
        extensions.Add(isEmpty ? throw Unexpected(Next) : type);
    }

    private RegoObject ReadSchema(string description)
    {
        var place = Here;
        Take();
        return Node(
            ("Description", description), ("Directives", ReadDirectives(isConstant: true)),
                ("OperationTypes", Some("{", "}", () =>
            {
                var at = Here;
                var operation = ReadName();
                Require(":");
                return Node(("Operation", operation), ("Type", ReadName()), (Place, at));
            })), (Place, place));
    }

    private RegoObject ReadDirectiveDefinition(string description)
    {
        var place = Here;
        Take();
        Require("@");
        var name = ReadName();
        var arguments = ReadArgumentDefinitions();
        var isRepeatable = Skips("repeatable");
        Require("on");
        Skips("|");
        var locations = new List<RegoValue>();
        do
        {
            if (Next.Kind != GraphqlTokenKind.Name || !Locations.Contains(Next.Text)) throw Unexpected(Next);
            locations.Add(Take().Text);
        }
        while (Skips("|"));
        return Node(
            ("Description", description), ("Name", name), ("Arguments", arguments), ("Locations", new RegoArray(locations)),
                ("IsRepeatable", isRepeatable), (Place, place));
    }

    private (RegoObject Type, bool IsEmpty) ReadType(string description)
    {
        var place = Here;
        var keyword = Next;
        var kind = keyword.Text switch
        {
            "scalar" => "SCALAR",
            "type" => "OBJECT",
            "interface" => "INTERFACE",
            "union" => "UNION",
            "enum" => "ENUM",
            "input" => "INPUT_OBJECT",
            _ => throw Unexpected(keyword),
        };
        Take();
        var name = ReadName();
        var interfaces = kind is "OBJECT" or "INTERFACE" ? ReadInterfaces() : new RegoArray();
        var applied = ReadDirectives(isConstant: true);
        var fields = kind switch
        {
            "OBJECT" or "INTERFACE" => Some("{", "}", ReadField),
            "INPUT_OBJECT" => Some("{", "}", ReadInputValue),
            _ => new RegoArray(),
        };
        var types = kind == "UNION" ? ReadMembers() : new RegoArray();
        var values = kind == "ENUM" ? Some("{", "}", ReadEnumValue) : new RegoArray();
        var type = Node(
            ("Kind", kind), ("Description", description), ("Name", name), ("Directives", applied), ("Interfaces", interfaces),
            ("Fields", fields), ("Types", types), ("EnumValues", values), ("BuiltIn", false), (Place, place));
        return (type, interfaces.Count + applied.Count + fields.Count + types.Count + values.Count == 0);
    }

    private RegoArray ReadInterfaces()
    {
        var names = new List<RegoValue>();
        if (!Skips("implements")) return new RegoArray();
        Skips("&");
        do names.Add(ReadName());
        while (Skips("&"));
        return new RegoArray(names);
    }

    private RegoArray ReadMembers()
    {
        var names = new List<RegoValue>();
        if (!Skips("=")) return new RegoArray();
        Skips("|");
        do names.Add(ReadName());
        while (Skips("|"));
        return new RegoArray(names);
    }

    private RegoArray ReadArgumentDefinitions() => Some("(", ")", ReadInputValue);

    private RegoObject ReadField()
    {
        var description = ReadDescription();
        var place = Here;
        var name = ReadName();
        var arguments = ReadArgumentDefinitions();
        Require(":");
        return Node(
            ("Description", description), ("Name", name), ("Arguments", arguments), ("Type", ReadType()),
                ("Directives", ReadDirectives(isConstant: true)), (Place, place));
    }

    private RegoObject ReadInputValue()
    {
        var description = ReadDescription();
        var place = Here;
        var name = ReadName();
        Require(":");
        return Node(
            ("Description", description), ("Name", name), ("Type", ReadType()),
                ("DefaultValue", Skips("=") ? ReadValue(isConstant: true) : null),
            ("Directives", ReadDirectives(isConstant: true)), (Place, place));
    }

    private RegoObject ReadEnumValue()
    {
        var description = ReadDescription();
        var place = Here;
        return Node(("Description", description), ("Name", ReadName()), ("Directives", ReadDirectives(isConstant: true)),
            (Place, place));
    }
}
