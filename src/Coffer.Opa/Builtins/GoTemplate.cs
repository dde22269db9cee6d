using System.Runtime.CompilerServices;
using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Builtins;

/// <summary>
/// Templates of Go's <c>text/template</c>: fields, variables, <c>if</c>, <c>with</c>, <c>range</c>, and the functions of
/// comparison, logic and text.
/// </summary>
internal sealed class GoTemplate
{
    private const int LongestOutput = 16 << 20;

    // What a key that is missing is written as, which no condition takes for true.
    private static readonly RegoString Undefined = new("<undefined>");
    private readonly BuiltinContext context;
    private readonly List<(string Text, bool IsAction)> parts;
    private readonly Dictionary<string, RegoValue> variables = new(StringComparer.Ordinal);
    private readonly StringBuilder output = new();

    private GoTemplate(BuiltinContext context, string template)
    {
        this.context = context;
        parts = Split(template);
    }

    public static string Render(BuiltinContext context, string template, RegoObject data)
    {
        var run = new GoTemplate(context, template);
        run.variables["$"] = data;
        run.Run(0, run.parts.Count, data);
        return run.output.ToString();
    }

    private static List<(string Text, bool IsAction)> Split(string template)
    {
        var parts = new List<(string, bool)>();
        var isTrimming = false;
        for (var position = 0; position < template.Length;)
        {
            var start = template.IndexOf("{{", position, StringComparison.Ordinal);
            var text = template[position..(start < 0 ? template.Length : start)];
            if (isTrimming) text = text.TrimStart();
            isTrimming = false;
            if (start < 0)
            {
                parts.Add((text, false));
                break;
            }

            var end = template.IndexOf("}}", start, StringComparison.Ordinal);
            if (end < 0) throw new BuiltinException("template: unclosed action");
            var action = template[(start + 2)..end];
            if (action.StartsWith("- ", StringComparison.Ordinal))
            {
                text = text.TrimEnd();
                action = action[2..];
            }

            if (action.EndsWith(" -", StringComparison.Ordinal))
            {
                isTrimming = true;
                action = action[..^2];
            }

            parts.Add((text, false));
            if (!action.StartsWith("/*", StringComparison.Ordinal)) parts.Add((action.Trim(), true));
            position = end + 2;
        }

        return parts;
    }

    private void Run(int from, int to, RegoValue dot)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        context.ThrowIfLate();
        for (var i = from; i < to; i++)
        {
            var (text, isAction) = parts[i];
            if (output.Length > LongestOutput) throw new BuiltinException("template: the output is too long");
            if (!isAction) output.Append(text);
            else if (KeywordOf(text) is "if" or "with" or "range") i = Block(i, dot);
            else if (KeywordOf(text) is "end" or "else") throw new BuiltinException($"template: unexpected {{{{{text}}}}}");
            else if (Assignment(text) is var (name, expression)) variables[name] = Evaluate(expression, dot);
            else output.Append(GoFormat.Plain(Evaluate(text, dot)));
        }
    }

    private static string KeywordOf(string action) => action.Split(' ', 2)[0];

    private static (string Name, string Expression)? Assignment(string action)
    {
        if (!action.StartsWith('$')) return null;
        var at = action.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && !action[..at].Contains('(', StringComparison.Ordinal) ? (action[..at].TrimEnd(':', ' '), action[(at + 1)..].Trim()) : null;
    }

    /// <summary>Runs a block; the index of its end.</summary>
    private int Block(int start, RegoValue dot)
    {
        var (depth, end) = (0, start + 1);
        var branches = new List<int> { start };
        for (; ; end++)
        {
            if (end >= parts.Count) throw new BuiltinException("template: unexpected EOF");
            if (!parts[end].IsAction) continue;
            var keyword = KeywordOf(parts[end].Text);
            if (keyword is "if" or "with" or "range") depth++;
            else if (keyword == "end" && depth-- == 0) break;
            else if (keyword == "else" && depth == 0) branches.Add(end);
        }

        branches.Add(end);
        for (var branch = 0; branch < branches.Count - 1; branch++)
        {
            var words = parts[branches[branch]].Text;
            if (words.StartsWith("else", StringComparison.Ordinal)) words = words[4..].Trim();
            if (RunBranch(words, branches[branch] + 1, branches[branch + 1], dot)) break;
        }

        return end;
    }

    private bool RunBranch(string words, int from, int to, RegoValue dot)
    {
        if (words.Length == 0)
        {
            Run(from, to, dot);
            return true;
        }

        var keyword = KeywordOf(words);
        var expression = words[keyword.Length..].Trim();
        if (keyword == "range") return Range(expression, from, to, dot);
        var assigned = Assignment(expression);
        var value = Evaluate(assigned?.Expression ?? expression, dot);
        if (assigned is { } target) variables[target.Name] = value;
        if (ReferenceEquals(value, Undefined) || !TemplateFunctions.IsTrue(value)) return false;
        Run(from, to, keyword == "with" ? value : dot);
        return true;
    }

    private bool Range(string expression, int from, int to, RegoValue dot)
    {
        var names = Array.Empty<string>();
        if (expression.StartsWith('$') && expression.IndexOf(":=", StringComparison.Ordinal) is > 0 and var at)
        {
            names = expression[..at].Split(',', StringSplitOptions.TrimEntries);
            expression = expression[(at + 2)..].Trim();
        }

        var items = Items(Evaluate(expression, dot)).ToList();
        foreach (var (key, value) in items)
        {
            if (names.Length > 0) variables[names[^1]] = value;
            if (names.Length > 1) variables[names[0]] = key;
            Run(from, to, value);
        }

        return items.Count > 0;
    }

    private static IEnumerable<(RegoValue Key, RegoValue Value)> Items(RegoValue value) => value switch
    {
        RegoArray or RegoSet => ((IReadOnlyList<RegoValue>)value).Select((item, index) => ((RegoValue)(long)index, item)),
        RegoObject entries => entries.Select(entry => (entry.Key, entry.Value)),
        RegoNull => [],
        _ when ReferenceEquals(value, Undefined) => [],
        _ => throw new BuiltinException($"template: range can't iterate over {GoFormat.Plain(value)}"),
    };

    private RegoValue Evaluate(string expression, RegoValue dot)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        RegoValue? piped = null;
        foreach (var command in TemplateWords.SplitPipes(expression))
        {
            var words = TemplateWords.Split(command);
            if (words.Count == 0) throw new BuiltinException("template: missing value for command");
            var arguments = words.Skip(1).Select(word => Operand(word, dot)).ToList();
            if (piped is not null) arguments.Add(piped);
            piped = TemplateFunctions.Find(words[0]) is { } function ? function(arguments) : Operand(words[0], dot);
        }

        return piped!;
    }

    private RegoValue Operand(string word, RegoValue dot)
    {
        if (word.StartsWith('(')) return Evaluate(word[1..^1], dot);
        if (word[0] is '"' or '`') return word[0] == '`' ? word[1..^1] : RegoValue.Parse(word);
        if (char.IsAsciiDigit(word[0]) || word[0] == '-' || word is "true" or "false") return RegoValue.Parse(word);
        if (word is "nil") return RegoNull.Value;
        if (word[0] is not ('.' or '$')) throw new BuiltinException($"template: function \"{word}\" not defined");
        var path = word.Split('.');
        var value = word[0] == '.' ? dot : variables.GetValueOrDefault(path[0]) ?? throw new BuiltinException($"template: undefined variable \"{path[0]}\"");
        foreach (var key in path.Skip(1).Where(key => key.Length > 0))
        {
            value = (value as RegoObject)?[key] ?? Undefined;
        }

        return value;
    }
}

/// <summary>Takes actions of templates apart.</summary>
internal static class TemplateWords
{
    public static IEnumerable<string> SplitPipes(string expression) => Cut(expression, '|');

    public static List<string> Split(string command) => [.. Cut(command, ' ').Where(word => word.Length > 0)];

    private static IEnumerable<string> Cut(string text, char separator)
    {
        var (depth, quote, start) = (0, '\0', 0);
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (quote != '\0')
            {
                if (character == '\\' && quote == '"') i++;
                else if (character == quote) quote = '\0';
            }
            else if (character is '"' or '`') quote = character;
            else if (character == '(') depth++;
            else if (character == ')') depth--;
            else if (character == separator && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        if (quote != '\0' || depth != 0) throw new BuiltinException("template: unterminated string or unclosed parenthesis");
        yield return text[start..].Trim();
    }
}

/// <summary>The functions of templates.</summary>
internal static class TemplateFunctions
{
    private static readonly Dictionary<string, Func<List<RegoValue>, RegoValue>> Known = new(StringComparer.Ordinal)
    {
        ["len"] = a => a[0] switch
        {
            RegoString text => (long)Encoding.UTF8.GetByteCount(text.Value),
            RegoObject entries => (long)entries.Count,
            IReadOnlyCollection<RegoValue> items => (long)items.Count,
            _ => throw new BuiltinException("template: len of what has no length"),
        },
        ["eq"] = a => a.Skip(1).Any(other => other == a[0]),
        ["ne"] = a => a[0] != a[1],
        ["lt"] = a => a[0] < a[1],
        ["le"] = a => a[0] <= a[1],
        ["gt"] = a => a[0] > a[1],
        ["ge"] = a => a[0] >= a[1],
        ["not"] = a => !IsTrue(a[0]),
        ["and"] = a => a.Find(value => !IsTrue(value)) ?? a[^1],
        ["or"] = a => a.Find(IsTrue) ?? a[^1],
        ["print"] = a => string.Concat(a.Select(GoFormat.Plain)),
        ["println"] = a => string.Join(' ', a.Select(GoFormat.Plain)) + "\n",
        ["printf"] = a => GoFormat.Format(GoFormat.Plain(a[0]), new RegoArray(a.Skip(1))),
        ["urlquery"] = a => EncodingBuiltins.Escape(GoFormat.Plain(a[0])),
        ["html"] = a => System.Net.WebUtility.HtmlEncode(GoFormat.Plain(a[0])),
        ["js"] = a => System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(GoFormat.Plain(a[0])),
        ["index"] = a => a.Skip(1).Aggregate(a[0], Index),
    };

    public static Func<List<RegoValue>, RegoValue>? Find(string name) => Known.TryGetValue(name, out var function) ? arguments => Call(name, function, arguments) : null;

    private static RegoValue Call(string name, Func<List<RegoValue>, RegoValue> function, List<RegoValue> arguments)
    {
        var least = name is "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "index" ? 2 : name is "print" or "println" ? 0 : 1;
        return arguments.Count >= least ? function(arguments) : throw new BuiltinException($"template: wrong number of args for {name}: want at least {least} got {arguments.Count}");
    }

    private static RegoValue Index(RegoValue target, RegoValue key) => target switch
    {
        RegoObject entries => entries[key] ?? RegoNull.Value,
        RegoArray array when key is RegoNumber number && number.TryGetInt64(out var index) && index >= 0 && index < array.Count => array[(int)index],
        _ => throw new BuiltinException($"template: index out of range: {key}"),
    };

    /// <summary>What a condition takes for true: all but nothing, zero and what is empty.</summary>
    public static bool IsTrue(RegoValue value) => value switch
    {
        RegoNull or RegoBoolean { Value: false } or RegoString { Value: "" } => false,
        RegoNumber number => number != (RegoValue)0L,
        RegoObject entries => entries.Count > 0,
        IReadOnlyCollection<RegoValue> items => items.Count > 0,
        _ => true,
    };
}
