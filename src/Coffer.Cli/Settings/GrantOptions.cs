using System.CommandLine;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Cli.Settings;

/// <summary>The options by which a person grants something, one for each kind of grant.</summary>
internal sealed class GrantOptions
{
    private readonly List<Option<Grant[]>> options = [.. GrantSyntax.All.Select(Create)];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in options) command.Options.Add(option);
    }

    /// <summary>What was granted.</summary>
    /// <exception cref="CommandFailure">Two grants contradict each other.</exception>
    public CapabilitySet Read(ParseResult result) => StandardGrants.ToSet(Granted(result));

    /// <summary>What was granted, and the standard of each kind of which nothing was said.</summary>
    /// <exception cref="CommandFailure">Two grants contradict each other.</exception>
    public CapabilitySet ReadWithStandard(ParseResult result) => StandardGrants.With(Granted(result));

    private List<Grant> Granted(ParseResult result) => [.. options.SelectMany(option => result.GetValue(option) ?? [])];

    private static Option<Grant[]> Create(GrantSyntax syntax) => new(syntax.Option)
    {
        Description = syntax.Description + "; may be repeated",
        HelpName = syntax.Form,
        CustomParser = result =>
        {
            var grants = new List<Grant>();
            foreach (var token in result.Tokens)
            {
                try
                {
                    grants.Add(syntax.Parse(token.Value));
                }
                catch (FormatException exception)
                {
                    result.AddError(OptionRefusal.Of(syntax.Option, syntax.Form, exception));
                }
            }

            return [.. grants];
        },
    };
}
