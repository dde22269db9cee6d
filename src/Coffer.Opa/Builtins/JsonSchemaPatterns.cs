using System.Text.RegularExpressions;
using Json.Schema;
using Json.Schema.Keywords;

namespace Coffer.Opa.Builtins;

/// <summary>
/// Puts Go's regular expressions, whose time is a matter of the text's length, into the places of a schema where the library has
/// put .NET's, of which one can take for ever.
/// </summary>
internal static class JsonSchemaPatterns
{
    /// <summary>Goes through a schema that was read.</summary>
    /// <exception cref="BuiltinException">A pattern is no expression of Go.</exception>
    public static void UseGoRegex(JsonSchema schema)
    {
        if (schema.Root is not { } root) return;
        var known = new HashSet<JsonSchemaNode>(ReferenceEqualityComparer.Instance);
        var left = new Stack<JsonSchemaNode>([root]);
        while (left.TryPop(out var node))
        {
            if (!known.Add(node)) continue;
            foreach (var keyword in node.Keywords ?? [])
            {
                if (keyword is { Handler: PatternKeyword, Value: Regex pattern }) keyword.Value = Compile(pattern);
                else if (keyword is { Handler: PatternPropertiesKeyword, Value: Dictionary<string, Regex> patterns })
                {
                    keyword.Value = patterns.ToDictionary(pair => pair.Key, pair => Compile(pair.Value), patterns.Comparer);
                }

                foreach (var inner in keyword.Subschemas ?? []) left.Push(inner);
            }
        }
    }

    private static Regex Compile(Regex pattern) => GoRegex.Compile(pattern.ToString()).Regex;
}
