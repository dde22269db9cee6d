using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Json.Nodes;
using Coffer.Opa.Values;
using Json.Schema;

namespace Coffer.Opa.Builtins;

/// <summary>Changes to documents, and their schemas.</summary>
internal static class JsonBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("json.patch", (context, a) => Patch(context, a[0], a)),
        new("json.verify_schema", (_, a) => VerifySchema(a)),
        new("json.match_schema", (_, a) => MatchSchema(a)),
    ];

    private static RegoValue? Patch(BuiltinContext context, RegoValue target, RegoValue[] operands)
    {
        foreach (var operation in operands.Array(1))
        {
            if (operation is not RegoObject change) throw Operands.WrongType(1, operation, "array of objects");
            context.ThrowIfLate();
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
        catch (Exception exception) when (IsFault(exception) || exception is BuiltinException { IsTypeError: false })
        {
            return new RegoArray(false, $"jsonschema: {exception.Message}");
        }
    }

    private static RegoArray MatchSchema(RegoValue[] operands)
    {
        try
        {
            var document = JsonDocument.Parse(Text(operands, 0)).RootElement;
            var results = ReadSchema(operands, 1)
                .Evaluate(document, new EvaluationOptions { OutputFormat = OutputFormat.List });
            return results.IsValid
                ? new RegoArray(true, new RegoArray())
                : new RegoArray(false, new RegoArray(JsonSchemaErrors.Of(results, RegoValue.Parse(document.GetRawText()))));
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw new BuiltinException(exception.Message, exception);
        }
    }

    // What the library says of schemas and documents that it cannot use.
    private static bool IsFault(Exception exception) =>
        exception is JsonException or JsonSchemaException or RefResolutionException or ArgumentException or InvalidOperationException
            or RegexMatchTimeoutException;

    private static JsonSchema ReadSchema(RegoValue[] operands, int index)
    {
        var text = Text(operands, index);
        JsonSchemaShape.Check(RegoValue.Parse(text));
        var schema = JsonSchema.FromText(text, new BuildOptions { SchemaRegistry = new SchemaRegistry() });
        JsonSchemaPatterns.UseGoRegex(schema);
        return schema;
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
