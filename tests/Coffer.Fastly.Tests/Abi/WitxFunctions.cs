using System.Text.RegularExpressions;

namespace Coffer.Fastly.Tests.Abi;

/// <summary>The functions that the interface definitions declare, with their parameters as guests see them.</summary>
internal static partial class WitxFunctions
{
    /// <summary>A function with how many parameters it has once texts and lists are pointers and lengths, and results pointers.</summary>
    public sealed record Function(string Module, string Name, int Parameters);

    public static List<Function> Read()
    {
        var functions = new List<Function>();
        var folder = TestData.Require("wit/fastly/compute-at-edge-abi");
        foreach (var file in Directory.EnumerateFiles(folder, "*.witx").Order(StringComparer.Ordinal))
        {
            var text = Comment().Replace(File.ReadAllText(file), "");
            var modules = Module().Matches(text);
            for (var i = 0; i < modules.Count; i++)
            {
                var end = i + 1 < modules.Count ? modules[i + 1].Index : text.Length;
                var body = text[modules[i].Index..end];
                var exports = Export().Matches(body);
                for (var j = 0; j < exports.Count; j++)
                {
                    var declaration = body[exports[j].Index..(j + 1 < exports.Count ? exports[j + 1].Index : body.Length)];
                    functions.Add(new Function(modules[i].Groups[1].Value, exports[j].Groups[1].Value, ParametersOf(declaration)));
                }
            }
        }

        return functions;
    }

    private static int ParametersOf(string declaration)
    {
        var count = 0;
        foreach (Match parameter in Parameter().Matches(declaration)) count += parameter.Groups[1].Value is "string" || parameter.Groups[1].Value.StartsWith("(list", StringComparison.Ordinal) ? 2 : 1;
        var result = declaration[declaration.IndexOf("(expected", StringComparison.Ordinal)..];
        result = result[..result.IndexOf("(error", StringComparison.Ordinal)];
        // Each result is written to where one more parameter says.
        return count + TypeName().Count(result);
    }

    [GeneratedRegex(@";;.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\(module \$(\w+)")]
    private static partial Regex Module();

    [GeneratedRegex(@"\(@interface func \(export ""(\w+)""\)")]
    private static partial Regex Export();

    [GeneratedRegex(@"\(param \$\w+ (\(list|\(@witx|\$?\w+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\$\w+")]
    private static partial Regex TypeName();
}
