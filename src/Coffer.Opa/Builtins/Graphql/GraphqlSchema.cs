using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>A schema whose types, extensions and directives have been put together and found valid.</summary>
internal sealed class GraphqlSchema
{
    private const string Prelude = """
        scalar Int  scalar Float  scalar String  scalar Boolean  scalar ID
        directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        directive @specifiedBy(url: String!) on SCALAR
        directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
        type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type directives: [__Directive!]! }
        type __Type {
          kind: __TypeKind! name: String description: String fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!]
          possibleTypes: [__Type!] enumValues(includeDeprecated: Boolean = false): [__EnumValue!] inputFields: [__InputValue!] ofType: __Type specifiedByURL: String
        }
        type __Field { name: String! description: String args: [__InputValue!]! type: __Type! isDeprecated: Boolean! deprecationReason: String }
        type __InputValue { name: String! description: String type: __Type! defaultValue: String }
        type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
        type __Directive { name: String! description: String locations: [__DirectiveLocation!]! args: [__InputValue!]! isRepeatable: Boolean! }
        enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
        enum __DirectiveLocation {
          QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT
          FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION
        }
        """;

    private static readonly string[] ListsOfTypes = ["Directives", "Interfaces", "Fields", "Types", "EnumValues"];
    private readonly Dictionary<string, RegoObject> types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegoObject> directives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> roots = new(StringComparer.Ordinal);

    private GraphqlSchema(RegoObject document)
    {
        var prelude = GraphqlSchemaParser.Parse(Prelude);
        foreach (var type in prelude.Nodes("Definitions")) types[type.Text("Name")] = type;
        foreach (var directive in prelude.Nodes("Directives")) directives[directive.Text("Name")] = directive;
        Collect(document);
        FindRoots(document);
        var checks = new GraphqlSchemaRules(this);
        foreach (var type in document.Nodes("Definitions").Concat(document.Nodes("Extensions"))
            .Select(type => type.Text("Name")).Distinct()) checks.Check(types[type]);
        foreach (var directive in document.Nodes("Directives")) checks.CheckArguments(directive);
        foreach (var schema in document.Nodes("Schema")
            .Concat(document.Nodes("SchemaExtension"))) checks.CheckDirectives(schema, "SCHEMA");
    }

    /// <summary>Puts a document together.</summary>
    /// <exception cref="BuiltinException">It is no valid schema.</exception>
    public static GraphqlSchema Of(RegoObject document) => new(document);

    public RegoObject? FindType(string name) => types.GetValueOrDefault(name);

    public RegoObject? FindDirective(string name) => directives.GetValueOrDefault(name);

    /// <summary>The type that operations of a kind begin with; null when there are none of the kind.</summary>
    public RegoObject? RootOf(string operation) => roots.TryGetValue(operation, out var name) ? FindType(name) : null;

    /// <summary>The objects that a value of a type may be.</summary>
    public IEnumerable<string> PossibleTypes(RegoObject type) => type.Text("Kind") switch
    {
        "UNION" => type.Names("Types"),
        "INTERFACE" => types.Values.Where(
            other => other.Text("Kind") == "OBJECT" && other.Names("Interfaces").Contains(type.Text("Name")))
                .Select(other => other.Text("Name")),
        _ => [type.Text("Name")],
    };

    private void Collect(RegoObject document)
    {
        foreach (var type in document.Nodes("Definitions"))
        {
            if (!types.TryAdd(type.Text("Name"), type)) throw GraphqlParser.Error(
                $"Cannot redeclare type {type.Text("Name")}.", type.Place());
        }

        foreach (var extension in document.Nodes("Extensions"))
        {
            var name = extension.Text("Name");
            if (!types.TryGetValue(name, out var type)) types[name] = extension;
            else if (type.Text("Kind") != extension.Text("Kind"))
            {
                throw GraphqlParser.Error(
                    $"Cannot extend type {name} because the base type is a {type.Text("Kind")}, not {extension.Text("Kind")}.", extension.Place());
            }
            else types[name] = ListsOfTypes.Aggregate(
                type, (all, key) => extension[key] is RegoArray more
                    ? all.With(key, new RegoArray([.. all[key] as RegoArray ?? [], .. more]))
                    : all);
        }

        foreach (var directive in document.Nodes("Directives"))
        {
            var name = directive.Text("Name");
            if (directives.ContainsKey(name)
                && name is not ("include" or "skip" or "deprecated" or "specifiedBy" or "defer")) throw GraphqlParser.Error(
                    $"Cannot redeclare directive {name}.", directive.Place());
            directives[name] = directive;
        }
    }

    private void FindRoots(RegoObject document)
    {
        var schemas = document.Nodes("Schema").ToList();
        if (schemas.Count > 1) throw GraphqlParser.Error(
            "Cannot have multiple schema entry points, consider schema extensions instead.", schemas[1].Place());
        foreach (var root in schemas.Concat(document.Nodes("SchemaExtension"))
            .SelectMany(schema => schema.Nodes("OperationTypes")))
        {
            var (operation, type) = (root.Text("Operation"), root.Text("Type"));
            if (!types.ContainsKey(type)) throw GraphqlParser.Error(
                $"Schema root {operation} refers to a type {type} that does not exist.", root.Place());
            roots[operation] = type;
        }

        foreach (var (operation, type) in new[] { ("query", "Query"), ("mutation", "Mutation"),
            ("subscription", "Subscription") })
        {
            if (schemas.Count == 0 && types.ContainsKey(type)) roots.TryAdd(operation, type);
        }
    }
}
