using Coffer.Opa.Values;
using Json.Schema;

namespace Coffer.Opa.Builtins;

/// <summary>What is wrong with a document, as the builtin tells it: field, kind, and description.</summary>
internal static class JsonSchemaErrors
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["type"] = "invalid_type",
        ["required"] = "required",
        ["additionalProperties"] = "additional_property_not_allowed",
        ["enum"] = "enum",
        ["const"] = "const",
        ["minimum"] = "number_gte",
        ["maximum"] = "number_lte",
        ["exclusiveMinimum"] = "number_gt",
        ["exclusiveMaximum"] = "number_lt",
        ["minLength"] = "string_gte",
        ["maxLength"] = "string_lte",
        ["minItems"] = "array_min_items",
        ["maxItems"] = "array_max_items",
        ["oneOf"] = "number_one_of",
        ["anyOf"] = "number_any_of",
        ["allOf"] = "number_all_of",
        ["not"] = "number_not",
        ["uniqueItems"] = "unique",
    };

    public static IEnumerable<RegoValue> Of(EvaluationResults results, RegoValue document) => Flatten(results)
        .Where(result => !result.IsValid && result.Errors is not null)
        .SelectMany(result => result.Errors!.Select(error => Describe(result, error.Key, error.Value, document)));

    private static IEnumerable<EvaluationResults> Flatten(EvaluationResults results) =>
        [results, .. (results.Details ?? []).SelectMany(Flatten)];

    private static RegoObject Describe(EvaluationResults result, string keyword, string message, RegoValue document)
    {
        var pointer = result.InstanceLocation.ToString();
        var field = pointer.Length == 0 ? "(root)" : pointer.TrimStart('/').Replace('/', '.');
        var text = keyword == "type"
            ? $"Invalid type. Expected: {Wanted(message)}, given: {KindOf(At(document, pointer))}"
            : message;
        return new RegoObject(
            new("error", $"{field}: {text}"), new("desc", text), new("field", field),
                new("type", Kinds.GetValueOrDefault(keyword, keyword)));
    }

    // The library says: Value is "string" but should be "integer".
    private static string Wanted(string message)
    {
        var parts = message.Split('"');
        return parts.Length >= 5 ? parts[3] : message;
    }

    private static RegoValue? At(RegoValue document, string pointer)
    {
        RegoValue? value = document;
        foreach (var key in pointer.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            value = value switch
            {
                RegoObject entries => entries[key.Replace("~1", "/", StringComparison.Ordinal)
                    .Replace("~0", "~", StringComparison.Ordinal)],
                RegoArray array when int.TryParse(key, out var index) && index < array.Count => array[index],
                _ => null,
            };
        }

        return value;
    }

    private static string KindOf(RegoValue? value) =>
        value is RegoNumber { IsInteger: true } ? "integer" : value?.TypeName ?? "null";
}
