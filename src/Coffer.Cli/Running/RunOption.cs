namespace Coffer.Cli.Running;

/// <summary>What an option of <c>run</c> has a say in.</summary>
internal enum RunOptionScope
{
    /// <summary>What the guest gets, and how much of it: the same code runs with it and without.</summary>
    Guest,
    /// <summary>Which cache is used.</summary>
    Cache,
    /// <summary>Which code the engine makes.</summary>
    Code,
    /// <summary>That all code is made before the guest starts.</summary>
    Ahead,
    /// <summary>What the command does around the guest.</summary>
    Command,
    /// <summary>Something that the rest of the line does not tell: it is the parser's.</summary>
    Parser,
}

/// <summary>
/// An option of <c>run</c> as far as a line can be read by it: the launcher, which has this file as well, has neither the parser nor
/// what the options are made of. A test holds the list against the parser's.
/// </summary>
/// <param name="Name">The option, such as <c>--dir</c>.</param>
/// <param name="Scope">What it has a say in.</param>
/// <param name="TakesValue">Whether a value belongs to it.</param>
/// <param name="Repeats">Whether it may be given more than once.</param>
internal sealed record RunOption(string Name, RunOptionScope Scope, bool TakesValue = true, bool Repeats = false)
{
    public const string Cache = "--cache", Fuel = "--fuel", Memory = "--memory", Invoke = "--invoke", Preload = "--preload";

    /// <summary>All there are.</summary>
    public static RunOption[] All { get; } =
    [
        new("--dir", RunOptionScope.Guest, Repeats: true),
        new("--file", RunOptionScope.Guest, Repeats: true),
        new("--tcp-connect", RunOptionScope.Guest, Repeats: true),
        new("--listen", RunOptionScope.Guest, Repeats: true),
        new("--udp", RunOptionScope.Guest, Repeats: true),
        new("--lookup", RunOptionScope.Guest, Repeats: true),
        new("--http", RunOptionScope.Guest, Repeats: true),
        new("--env", RunOptionScope.Guest, Repeats: true),
        new("--arg", RunOptionScope.Guest, Repeats: true),
        new("--stream", RunOptionScope.Guest, Repeats: true),
        new("--clock", RunOptionScope.Guest, Repeats: true),
        new("--random", RunOptionScope.Guest, Repeats: true),
        new("--max-memory", RunOptionScope.Guest),
        new("--timeout", RunOptionScope.Guest),
        new("--stack", RunOptionScope.Guest),
        new("--max-handles", RunOptionScope.Guest),
        new("--max-output-bytes", RunOptionScope.Guest),
        new("--max-written-bytes", RunOptionScope.Guest),
        new("--max-sent-bytes", RunOptionScope.Guest),
        new("--max-files", RunOptionScope.Guest),
        new("--max-iovecs", RunOptionScope.Guest),
        new("--max-subscriptions", RunOptionScope.Guest),
        new("--max-threads", RunOptionScope.Guest),
        new("--quiet-denials", RunOptionScope.Guest, TakesValue: false),
        new(Cache, RunOptionScope.Cache),
        new(Fuel, RunOptionScope.Code),
        new(Memory, RunOptionScope.Code),
        new("--prepare", RunOptionScope.Ahead, TakesValue: false),
        new(Invoke, RunOptionScope.Command),
        new(Preload, RunOptionScope.Command, Repeats: true),
        new("--audit", RunOptionScope.Command),
        new("--audit-strict", RunOptionScope.Command, TakesValue: false),
        new("--features", RunOptionScope.Parser),
        new("--manifest", RunOptionScope.Parser),
        new("--print-manifest", RunOptionScope.Parser, TakesValue: false),
    ];

    /// <summary>The option of a name; null when there is none.</summary>
    public static RunOption? Find(ReadOnlySpan<char> name)
    {
        foreach (var option in All)
        {
            if (name.SequenceEqual(option.Name)) return option;
        }

        return null;
    }
}
