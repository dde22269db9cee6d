namespace Coffer.Cli.Running;

/// <summary>
/// A line of <c>coffer run</c> that can be read whole without the parser, which says the same of it (a test compares them). The
/// launcher has this file as well, so that both know the same lines; whatever looks unusual is left to the parser.
/// </summary>
internal sealed class RunLine
{
    /// <summary>The verb.</summary>
    public const string Verb = "run";

    private readonly List<GivenOption> options;

    private RunLine(List<GivenOption> options, string file, string[] words) => (this.options, File, Words) = (options, file, words);

    /// <summary>The module.</summary>
    public string File { get; }

    /// <summary>What follows it, which is the guest's.</summary>
    public string[] Words { get; }

    /// <summary>What was said before the module, in its order.</summary>
    public IReadOnlyList<GivenOption> Options => options;

    /// <summary>
    /// Whether the line says nothing but what the guest gets: the one kind of line that an executable in the cache takes.
    /// </summary>
    public bool IsPlain
    {
        get
        {
            foreach (var given in options)
            {
                if (given.Option.Scope is not (RunOptionScope.Guest or RunOptionScope.Cache)) return false;
            }

            return true;
        }
    }

    /// <summary>Reads a line; null when it is none, or is the parser's.</summary>
    public static RunLine? Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count < 2 || arguments[0] != Verb) return null;
        var given = new List<GivenOption>();
        var at = 1;
        for (; at < arguments.Count && arguments[at].StartsWith('-') && arguments[at] != "--"; at++)
        {
            if (ReadOption(arguments, ref at) is not { } option || (!option.Option.Repeats && Has(given, option.Option))) return null;
            given.Add(option);
        }

        if (at < arguments.Count && arguments[at] == "--") at++;
        if (at >= arguments.Count || arguments[at].Length == 0 || arguments[at][0] == '-') return null;
        var words = new string[arguments.Count - at - 1];
        for (var i = 0; i < words.Length; i++) words[i] = arguments[at + 1 + i];
        return new RunLine(given, arguments[at], words);
    }

    /// <summary>What an option says that is given at most once; null when it is not given.</summary>
    public string? Value(string name)
    {
        foreach (var given in options)
        {
            if (given.Option.Name == name) return given.Value;
        }

        return null;
    }

    /// <summary>Whether an option about something is given.</summary>
    public bool Has(RunOptionScope scope)
    {
        foreach (var given in options)
        {
            if (given.Option.Scope == scope) return true;
        }

        return false;
    }

    // --name value, --name=value or --name:value.
    private static GivenOption? ReadOption(IReadOnlyList<string> arguments, ref int at)
    {
        var text = arguments[at];
        var end = text.AsSpan().IndexOfAny('=', ':');
        if (RunOption.Find(end < 0 ? text : text.AsSpan(0, end)) is not { Scope: not RunOptionScope.Parser } option) return null;
        if (!option.TakesValue) return end < 0 ? new GivenOption(option, "") : null;
        var value = end >= 0 ? text[(end + 1)..] : ++at < arguments.Count ? arguments[at] : "";

        // The parser has its own idea of values that are empty or look like options.
        return value.Length == 0 || value[0] == '-' || value is "/h" or "/?" ? null : new GivenOption(option, value);
    }

    private static bool Has(List<GivenOption> options, RunOption option)
    {
        foreach (var given in options)
        {
            if (ReferenceEquals(given.Option, option)) return true;
        }

        return false;
    }
}

/// <summary>An option as it was given.</summary>
/// <param name="Option">Which.</param>
/// <param name="Value">What it says; empty when it takes no value.</param>
internal sealed record GivenOption(RunOption Option, string Value);
