using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>What policies ask about themselves and their host, and what they print.</summary>
internal static class RegoBuiltins
{
    public static IEnumerable<KeyValuePair<string, BuiltinFunction>> All() =>
    [
        new("opa.runtime", (context, _) => context.Options.Runtime),
        new("trace", (context, a) => Trace(context, a.Text(0))),
        new("internal.print", (context, a) => Print(context, a.Array(0))),

        // The compiler replaces calls of these by what it knows; what is left has no annotations, and there is no parser here.
        new("rego.metadata.chain", (_, _) => new RegoArray()),
        new("rego.metadata.rule", (_, _) => RegoObject.Empty),
        new("rego.parse_module", (_, _) =>
            throw new BuiltinException(
                "policies that are compiled cannot parse others: there is no parser of Rego beside them")),
    ];

    private static RegoValue Trace(BuiltinContext context, string line)
    {
        context.Print(line);
        return true;
    }

    // Each operand is the set of its values, which is empty when it is undefined.
    private static RegoValue Print(BuiltinContext context, RegoArray operands)
    {
        IEnumerable<string> lines = [""];
        var isFirst = true;
        foreach (var operand in operands)
        {
            IEnumerable<string> values = operand is RegoSet set
                ? set.Count == 0 ? ["<undefined>"] : set.Select(GoFormat.Plain) : [GoFormat.Plain(operand)];
            var space = isFirst ? "" : " ";
            lines = lines.SelectMany(line => values.Select(value => line + space + value)).Take(100).ToList();
            isFirst = false;
        }

        foreach (var line in lines) context.Print(line);
        return true;
    }
}
