using System.Text.RegularExpressions;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>A case that calls a builtin of the host.</summary>
internal sealed partial class HostCase
{
    private readonly RegoObject content;

    private HostCase(string file, int index, RegoObject content)
    {
        this.content = content;
        Name = $"{file} {index} {Text("note")}";
    }

    /// <summary>The file, the place in it, and what the case says of itself: notes alone are there several times.</summary>
    public string Name { get; }

    public static List<HostCase> ReadAll(string folder)
    {
        var cases = new List<HostCase>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var document = (RegoObject)RegoValue.Parse(File.ReadAllBytes(file));
            cases.AddRange(((RegoArray)document["cases"]!)
                .Select((content, index) => new HostCase(Path.GetFileNameWithoutExtension(file), index, (RegoObject)content))
                    .Where(one => one.IsOfTheHost));
        }

        return cases;
    }

    /// <summary>The names of the cases that do not agree.</summary>
    public static HashSet<string> KnownDifferences() =>
        [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "known-differences.txt"))
            .Where(line => line.Length > 0 && line[0] is not ('#' or ' '))];

    /// <summary>Runs the case; what is wrong, or null.</summary>
    public string? Run(PolicyOptions options)
    {
        var wantsError = content["want_error"] is not null || content["want_error_code"] is not null;
        var isStrict = content["strict_error"] is RegoBoolean { Value: true } || wantsError;
        var context = new BuiltinContext(
            options with { StrictBuiltinErrors = isStrict }, "case", () => TestContext.Current.CancellationToken);
        try
        {
            var modules = ((RegoArray)content["modules"]!)
                .Select(module => RegoParser.ReadModule(((RegoString)module).Value)).ToList();
            var evaluator = new RegoEvaluator(modules, content["data"] ?? RegoObject.Empty, Input(), context);
            var results = evaluator.Query(RegoParser.ReadQuery(Text("query"))).Select(bindings =>
                new RegoObject(bindings.Where(binding => !binding.Key.StartsWith('_'))
                    .Select(binding => KeyValuePair.Create((RegoValue)binding.Key, binding.Value)))).ToList();
            if (wantsError) return $"no error, but {string.Join(", ", results.AsEnumerable())}; wanted {Text("want_error")}";
            var (got, wanted) = (AsJson(new RegoArray(results)), AsJson(content["want_result"] ?? new RegoArray()));
            return got == wanted ? null : $"{got} instead of {wanted}";
        }
        catch (BuiltinException exception) when (wantsError)
        {
            var code = exception.IsTypeError ? "eval_type_error" : "eval_builtin_error";
            var wantedCode = content["want_error_code"] is RegoString given ? given.Value : code;
            var message = $"{code}: {exception.Message}";
            return message.Contains(Place().Replace(Text("want_error"), ""), StringComparison.Ordinal) && code == wantedCode
                ? null
                : $"{message} instead of {wantedCode}: {Text("want_error")}";
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return $"{exception.GetType().Name}: {exception.Message}";
        }
    }

    // Not those that put something else in the place of the builtin, nor those whose error is one of the compiler.
    private bool IsOfTheHost
    {
        get
        {
            var text = string.Join('\n', ((RegoArray?)content["modules"] ?? []).Select(module => ((RegoString)module).Value));
            return !With().IsMatch(text) && !Text("want_error_code").StartsWith("rego_", StringComparison.Ordinal)
                && CalledName().Matches(text).Any(match => BuiltinTable.Standard.Find(match.Groups[1].Value) is not null);
        }
    }

    private RegoValue? Input()
    {
        if (content["input"] is { } input) return input;
        if (content["input_term"] is not RegoString term) return null;
        var module = RegoParser.ReadModule($"package input\n\nvalue := {term.Value}");
        return new RegoEvaluator(
            [module], RegoObject.Empty, null, new BuiltinContext(PolicyOptions.Default, "input", () => default))
            .Query(RegoParser.ReadQuery("data.input.value = x")).Single()["x"];
    }

    private string Text(string key) => (content[key] as RegoString)?.Value ?? "";

    private static RegoValue AsJson(RegoValue value) => RegoValue.Parse(value.ToJson());

    [GeneratedRegex(@"(?<![\w.])([a-z_][\w]*(?:\.\w+)*)\(")]
    private static partial Regex CalledName();

    [GeneratedRegex(@"\swith\s+[\w.]+\s+as\s")]
    private static partial Regex With();

    // Where in the module the error is.
    [GeneratedRegex(@"^test-\d+\.rego:\d+: ")]
    private static partial Regex Place();
}
