using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Opa.Values;
using Json.Schema;

namespace Coffer.Opa.Builtins;

/// <summary>Changes to documents, and their schemas.</summary>
internal static class JsonBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("json.patch", (_, a) => Patch(a[0], a)),
        new("json.verify_schema", (_, a) => VerifySchema(a)),
        new("json.match_schema", (_, a) => MatchSchema(a)),
    ];

    private static RegoValue? Patch(RegoValue target, RegoValue[] operands)
    {
        foreach (var operation in operands.Array(1))
        {
            if (operation is not RegoObject change) throw Operands.WrongType(1, operation, "array of objects");
            if (JsonPatching.Apply(target, change) is not { } changed) return null;
            target = changed;
        }

        return target;
    }

    private static RegoArray VerifySchema(RegoValue[] operands)
    {
        try
        {
            ReadSchema(operands, 0);
            return new RegoArray(true, RegoNull.Value);
        }
        catch (Exception exception) when (exception is JsonException or JsonSchemaException or ArgumentException or InvalidOperationException or BuiltinException { IsTypeError: false })
        {
            return new RegoArray(false, $"jsonschema: {exception.Message}");
        }
    }

    private static RegoArray MatchSchema(RegoValue[] operands)
    {
        JsonSchema schema;
        JsonElement document;
        try
        {
            document = JsonDocument.Parse(Text(operands, 0)).RootElement;
            schema = ReadSchema(operands, 1);
        }
        catch (Exception exception) when (exception is JsonException or JsonSchemaException or ArgumentException or InvalidOperationException)
        {
            throw new BuiltinException(exception.Message, exception);
        }

        var results = schema.Evaluate(document, new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (results.IsValid) return new RegoArray(true, new RegoArray());
        return new RegoArray(false, new RegoArray(JsonSchemaErrors.Of(results, RegoValue.Parse(document.GetRawText()))));
    }

    private static JsonSchema ReadSchema(RegoValue[] operands, int index)
    {
        var text = Text(operands, index);
        JsonSchemaShape.Check(RegoValue.Parse(text));
        return JsonSchema.FromText(text, new BuildOptions { SchemaRegistry = new SchemaRegistry() });
    }

    private static string Text(RegoValue[] operands, int index) => operands[index] switch
    {
        RegoString text => ParsedText(text.Value),
        RegoObject or RegoBoolean => operands[index].ToJson(),
        _ => throw Operands.WrongType(index, operands[index], "one of {string, object}"),
    };

    private static string ParsedText(string text)
    {
        try
        {
            return RegoValue.Parse(text).ToJson();
        }
        catch (FormatException exception)
        {
            throw new BuiltinException(exception.Message, exception);
        }
    }
}
