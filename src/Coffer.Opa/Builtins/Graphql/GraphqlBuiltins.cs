using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins.Graphql;

/// <summary>Documents of GraphQL: as text, or as the values that parsing gives.</summary>
internal static class GraphqlBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("graphql.parse_query", (_, a) => GraphqlParser.WithoutPlaces(GraphqlQueryParser.Parse(a.Text(0)))),
        new("graphql.parse_schema", (_, a) => GraphqlParser.WithoutPlaces(GraphqlSchemaParser.Parse(a.Text(0)))),
        new("graphql.schema_is_valid", (_, a) => Holds(() => GraphqlSchema.Of(Schema(a, 0)))),
        new("graphql.is_valid", (_, a) => Holds(() => Verify(a))),
        new("graphql.parse", (_, a) => new RegoArray(Documents(Verify(a)))),
        new("graphql.parse_and_verify", (_, a) => ParseAndVerify(a)),
    ];

    private static RegoArray ParseAndVerify(RegoValue[] operands)
    {
        (RegoObject, RegoObject)? documents = null;
        return Holds(() => documents = Verify(operands)) && documents is { } verified
            ? new RegoArray([true, .. Documents(verified)])
            : new RegoArray(false, RegoObject.Empty, RegoObject.Empty);
    }

    private static IEnumerable<RegoValue> Documents((RegoObject Query, RegoObject Schema) documents) =>
        [GraphqlParser.WithoutPlaces(documents.Query), GraphqlParser.WithoutPlaces(documents.Schema)];

    private static (RegoObject Query, RegoObject Schema) Verify(RegoValue[] operands)
    {
        var query = operands[0] as RegoObject ?? GraphqlQueryParser.Parse(Text(operands, 0));
        var schema = Schema(operands, 1);
        GraphqlQueryRules.Check(query, GraphqlSchema.Of(schema));
        return (query, schema);
    }

    private static RegoObject Schema(RegoValue[] operands, int index) =>
        operands[index] as RegoObject ?? GraphqlSchemaParser.Parse(Text(operands, index));

    private static string Text(RegoValue[] operands, int index) =>
        operands[index] is RegoString text
            ? text.Value
            : throw Operands.WrongType(index, operands[index], "one of {string, object}");

    private static bool Holds(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (BuiltinException exception) when (!exception.IsTypeError)
        {
            return false;
        }
    }
}
