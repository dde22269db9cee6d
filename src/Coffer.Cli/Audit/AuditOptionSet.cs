using System.CommandLine;

namespace Coffer.Cli.Audit;

/// <summary>The options by which a person says how decisions are recorded and shown.</summary>
internal sealed class AuditOptionSet
{
    private readonly Option<string?> file = new("--audit")
    {
        Description = "Append every decision to a file, as a line of JSON each; - for standard error",
        HelpName = "file",
    };

    private readonly Option<bool> strict = new("--audit-strict")
    {
        Description = "Stop the guest when a decision cannot be recorded",
    };

    private readonly Option<bool> quiet = new("--quiet-denials")
    {
        Description = "Do not show what the guest was denied",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(file);
        command.Options.Add(strict);
        command.Options.Add(quiet);
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="CommandFailure">There is nothing to be strict about.</exception>
    public AuditSettings Read(ParseResult result)
    {
        var settings = new AuditSettings
        {
            File = result.GetValue(file),
            IsStrict = result.GetValue(strict),
            ShowsDenials = !result.GetValue(quiet),
        };
        return settings is { IsStrict: true, File: null }
            ? throw CommandFailure.Usage("--audit-strict needs a file to record to", "say where: --audit FILE")
            : settings;
    }
}
