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
        return at > 0 && !action[..at].Contains('(', StringComparison.Ordinal)
            ? (action[..at].TrimEnd(':', ' '), action[(at + 1)..].Trim())
            : null;
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
        if (ReferenceEquals(value, Undefined) || !GoTemplateFunctions.IsTrue(value)) return false;
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
        foreach (var command in GoTemplateWords.SplitPipes(expression))
        {
            var words = GoTemplateWords.Split(command);
            if (words.Count == 0) throw new BuiltinException("template: missing value for command");
            var arguments = words.Skip(1).Select(word => Operand(word, dot)).ToList();
            if (piped is not null) arguments.Add(piped);
            piped = GoTemplateFunctions.Find(words[0]) is { } function ? function(arguments) : Operand(words[0], dot);
        }

        return piped!;
    }

    private RegoValue Operand(string word, RegoValue dot)
    {
        if (word.StartsWith('(')) return Evaluate(word[1..^1], dot);
        if (word[0] is '"' or '`') return word[0] == '`' && word.Length > 1 ? word[1..^1] : Literal(word);
        if (char.IsAsciiDigit(word[0]) || word[0] == '-' || word is "true" or "false") return Literal(word);
        if (word is "nil") return RegoNull.Value;
        if (word[0] is not ('.' or '$')) throw new BuiltinException($"template: function \"{word}\" not defined");
        var path = word.Split('.');
        var value = word[0] == '.'
            ? dot
            : variables.GetValueOrDefault(path[0])
                ?? throw new BuiltinException($"template: undefined variable \"{path[0]}\"");
        foreach (var key in path.Skip(1).Where(key => key.Length > 0))
        {
            value = (value as RegoObject)?[key] ?? Undefined;
        }

        return value;
    }

    private static RegoValue Literal(string word)
    {
        try
        {
            return RegoValue.Parse(word);
        }
        catch (FormatException exception)
        {
            throw new BuiltinException($"template: unexpected {word} in operand", exception);
        }
    }
}
