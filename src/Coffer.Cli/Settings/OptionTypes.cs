using System.CommandLine;
using System.CommandLine.Parsing;
using Coffer.Cli.Running;

namespace Coffer.Cli.Settings;

/// <summary>Options whose text has a form of its own.</summary>
internal static class OptionTypes
{
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = result => Coffer.Capabilities.Grants.Duration.TryParse(result.Tokens[0].Value, out var duration)
            ? duration
            : Refuse<TimeSpan?>(result, name, "a time such as 500ms, 2s or 1m"),
    };

    public static Option<Features?> Features() => new("--features")
    {
        Description = "wasm1, wasm2, wasm3 or all; then +name or -name for single proposals, with commas between",
        HelpName = "set",
        CustomParser = result =>
        {
            var features = Coffer.Features.All;
            return FeatureText.Apply(result.Tokens[0].Value, ref features) is { } unknown
                ? Refuse<Features?>(
                    result,
                    "--features",
                    $"names with commas between ({string.Join(", ", FeatureText.AllNames)})",
                    unknown)
                : features;
        },
    };

    public static Option<Preload[]> Preloads() => Repeated(
        RunOption.Preload, "Offer the exports of another module under a name", Preload.Form, Preload.Parse);

    public static Option<MemoryMode> MemoryMode() => Choice(
        "--memory", "How accesses to memory are kept inside it", Coffer.MemoryMode.Auto,
        ("auto", Coffer.MemoryMode.Auto), ("guarded", Coffer.MemoryMode.Guarded), ("checked", Coffer.MemoryMode.Checked));

    public static Option<T> Choice<T>(
        string name, string description, T standard, params (string Word, T Value)[] choices)
    {
        var words = string.Join("|", choices.Select(choice => choice.Word));
        return new Option<T>(name)
        {
            Description = description,
            HelpName = words,
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                var found = Array.FindIndex(choices, choice => choice.Word == result.Tokens[0].Value);
                return found >= 0 ? choices[found].Value : Refuse<T>(result, name, words)!;
            },
        };
    }

    /// <summary>
    /// An option that may be given several times; its parser gives null for text that is not of its form.
    /// </summary>
    public static Option<T[]> Repeated<T>(string name, string description, string form, Func<string, T?> parse)
        where T : class =>
            Repeated(name, description, form, text => parse(text) is { } value ? (true, value) : (false, default!));

    /// <inheritdoc cref="Repeated{T}(string, string, string, Func{string, T?})"/>
    public static Option<T[]> Repeated<T>(string name, string description, string form, Func<string, T?> parse)
        where T : struct =>
            Repeated(name, description, form, text => parse(text) is { } value ? (true, value) : (false, default(T)));

    private static Option<T[]> Repeated<T>(
        string name, string description, string form, Func<string, (bool, T)> parse) => new(name)
    {
        Description = description + "; may be repeated",
        HelpName = form,
        CustomParser = result =>
        {
            var values = new List<T>();
            foreach (var token in result.Tokens)
            {
                var (isOfForm, value) = parse(token.Value);
                if (isOfForm) values.Add(value);
                else result.AddError(OptionRefusal.Of(name, form, token.Value));
            }

            return [.. values];
        },
    };

    private static T? Refuse<T>(ArgumentResult result, string name, string wanted, string? word = null)
    {
        result.AddError(OptionRefusal.Of(name, wanted, word ?? result.Tokens[0].Value));
        return default;
    }
}
