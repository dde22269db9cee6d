using System.Text;
using System.Text.RegularExpressions;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>Why single programs are slower than they should be: lines <c>- `program`: reason</c> of a file.</summary>
internal sealed partial class Reasons
{
    private readonly Dictionary<string, string> reasons = [];

    private Reasons()
    {
    }

    /// <summary>Above this ratio a program needs a reason.</summary>
    public double Most => 1.3;

    /// <summary>Reads a file; a line that goes on is indented.</summary>
    public static Reasons Read(string file) => Parse(File.Exists(file) ? File.ReadAllText(file) : "");

    public static Reasons Parse(string text)
    {
        var result = new Reasons();
        foreach (Match match in Item().Matches(text))
        {
            result.reasons[match.Groups[1].Value] = Space().Replace(match.Groups[2].Value, " ").Trim();
        }

        return result;
    }

    public bool Has(string program) => reasons.ContainsKey(program);

    /// <summary>The list of slow programs for a report.</summary>
    public string Render(string engine, IReadOnlyList<(GuestModule Module, double Ratio)> slow)
    {
        var text = new StringBuilder($"## {engine} above {Figure.Ratio(Most)}\n\n");
        if (slow.Count == 0) text.AppendLine("None.");
        foreach (var (module, ratio) in slow)
        {
            text.AppendLine($"- {module.Name} ({Figure.Ratio(ratio)}): {reasons.GetValueOrDefault(module.Name, "no reason is known")}");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^- `([^`]+)`: (.+(?:\n  .+)*)$", RegexOptions.Multiline)]
    private static partial Regex Item();
}
