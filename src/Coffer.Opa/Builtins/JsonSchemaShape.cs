using System.Runtime.CompilerServices;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>Finds what is wrong with a schema that the library takes as it is: types that there are not.</summary>
internal static class JsonSchemaShape
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "null", "object", "string"];
    private static readonly string[] SchemaKeywords = [
        "additionalProperties", "items", "not", "contains", "propertyNames", "if", "then", "else", "additionalItems"];
    private static readonly string[] MapKeywords = [
        "properties", "patternProperties", "definitions", "$defs", "dependentSchemas"];
    private static readonly string[] ListKeywords = ["allOf", "anyOf", "oneOf", "prefixItems"];

    /// <summary>Looks at a schema and all within it.</summary>
    /// <exception cref="BuiltinException">A type is none.</exception>
    public static void Check(RegoValue schema)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (schema is RegoBoolean) return;
        if (schema is not RegoObject keywords) throw new BuiltinException(
            "schema is invalid: it must be an object or a boolean");
        foreach (var type in keywords["type"] is RegoArray several
            ? several
            : keywords["type"] is { } one ? (IEnumerable<RegoValue>)[one] : [])
        {
            if (type is RegoString name && Types.Contains(name.Value)) continue;
            throw new BuiltinException(
                $"has a primitive type that is NOT VALID -- given: /{(type as RegoString)?.Value ?? type.ToJson()}/ Expected valid values are:[{string.Join(' ', Types)}]");
        }

        foreach (var inner in Inner(keywords)) Check(inner);
    }

    private static IEnumerable<RegoValue> Inner(RegoObject keywords) =>
    [
        .. SchemaKeywords.Select(keyword => keywords[keyword])
            .SelectMany(value => value switch { RegoArray several => several, null => [], _ =>
                (IEnumerable<RegoValue>)[value] }),
        .. MapKeywords.Select(keyword => keywords[keyword]).OfType<RegoObject>()
            .SelectMany(map => map.Select(entry => entry.Value)),
        .. ListKeywords.Select(keyword => keywords[keyword]).OfType<RegoArray>().SelectMany(list => list),
    ];
}
