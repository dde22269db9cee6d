using System.CommandLine;
using Coffer.Capabilities.Manifests;

namespace Coffer.Cli.Settings;

/// <summary>The options for one section of a manifest, one for each of its settings.</summary>
/// <param name="section">The section, such as <c>limits</c>.</param>
/// <param name="standard">What holds when nothing is said, and what a text is tried on.</param>
/// <param name="rows">How each setting is written.</param>
internal sealed class SettingOptions<T>(string section, T standard, IReadOnlyList<SettingSyntax<T>> rows)
{
    private readonly List<(SettingSyntax<T> Row, Option Option)> options =
        [.. rows.Select(row => (row, Create(row, standard)))];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var (_, option) in options) command.Options.Add(option);
    }

    /// <summary>What was said, as keys and values that override those of a manifest.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Overrides(ParseResult result)
    {
        foreach (var (row, option) in options)
        {
            if (TextOf(option, result) is { } text) yield return new($"{section}:{row.ManifestKey}", text);
        }
    }

    /// <summary>What was said, where there is no manifest.</summary>
    public T Read(ParseResult result)
    {
        var value = standard;
        foreach (var (row, option) in options)
        {
            if (TextOf(option, result) is { } text) value = row.Read(value, text);
        }

        return value;
    }

    private static string? TextOf(Option option, ParseResult result) => option switch
    {
        Option<bool> flag => result.GetValue(flag) ? "true" : null,
        Option<string?> other => result.GetValue(other),
        _ => null,
    };

    private static Option Create(SettingSyntax<T> row, T standard) => row.Shape == SettingShape.Flag
        ? new Option<bool>(row.Option) { Description = row.Description }
        : new Option<string?>(row.Option)
        {
            Description = row.Description,
            HelpName = row.Form,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                try
                {
                    row.Read(standard, text);
                }
                catch (FormatException exception)
                {
                    result.AddError(OptionRefusal.Of(row.Option, row.Form, exception));
                }

                return text;
            },
        };
}
