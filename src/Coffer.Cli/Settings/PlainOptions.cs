using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Coffer.Cli.Running;

namespace Coffer.Cli.Settings;

/// <summary>
/// What the options of a line say, without the parser, in its order and with its messages: of several refusals it shows the last.
/// The rows that read them are those that its options are made of.
/// </summary>
internal sealed class PlainOptions
{
    private readonly RunLine line;
    private string? refusal;

    private PlainOptions(RunLine line) => this.line = line;

    /// <summary>The settings of a line.</summary>
    /// <exception cref="CommandFailure">A text cannot be understood, or grants contradict each other.</exception>
    public static RunSettings Read(RunLine line)
    {
        var options = new PlainOptions(line);
        var preloads = options.ReadPreloads();
        var limits = options.Read(new Limits(), Limits.Syntax);
        var granted = options.ReadGrants();
        var quotas = options.Read(Quotas.Default, Quotas.Syntax);
        var audit = options.Read(new AuditSettings(), AuditSettings.Syntax);
        if (options.refusal is { } refusal) throw OptionRefusal.OfLine(refusal, RunLine.Verb + " ");
        return RunSettings.Of(line.File, StandardGrants.With(granted), limits, quotas, audit) with
        {
            Invoke = line.Value(RunOption.Invoke),
            Preloads = preloads,
            Prepare = line.Has(RunOptionScope.Ahead),
        };
    }

    private List<Preload> ReadPreloads()
    {
        var preloads = new List<Preload>();
        foreach (var given in line.Options)
        {
            if (given.Option.Name != RunOption.Preload) continue;
            if (Preload.Parse(given.Value) is { } preload) preloads.Add(preload);
            else refusal = OptionRefusal.Of(RunOption.Preload, Preload.Form, given.Value);
        }

        return preloads;
    }

    private T Read<T>(T value, IReadOnlyList<SettingSyntax<T>> rows) where T : class
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (line.Value(row.Option) is not { } text) continue;
            try
            {
                value = row.Read(value, row.Shape == SettingShape.Flag ? "true" : text);
            }
            catch (FormatException exception)
            {
                refusal = OptionRefusal.Of(row.Option, row.Form, exception);
            }
        }

        return value;
    }

    private List<Grant> ReadGrants()
    {
        var granted = new List<Grant>();
        var rows = GrantSyntax.All;
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var given in line.Options)
            {
                if (given.Option.Name != rows[i].Option) continue;
                try
                {
                    granted.Add(rows[i].Parse(given.Value));
                }
                catch (FormatException exception)
                {
                    refusal = OptionRefusal.Of(rows[i].Option, rows[i].Form, exception);
                }
            }
        }

        return granted;
    }
}
