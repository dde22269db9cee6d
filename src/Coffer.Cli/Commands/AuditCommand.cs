using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Coffer.Capabilities.Grants;
using Coffer.Cli.Audit;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer audit</c>: what guests did and were denied, from an audit trail.</summary>
internal static class AuditCommand
{
    public const string Name = "audit";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The trail, as run --audit writes it; - for standard input" };
        var denied = new Option<bool>("--denied") { Description = "Only what was denied" };
        var allowed = new Option<bool>("--allowed") { Description = "Only what was allowed" };
        var kind = Text("--kind", "kind", "Only one kind of authority, such as directories or clocks");
        var operation = Text("--operation", "name", "Only one function, such as path_open");
        var resource = Text("--resource", "pattern", "Only resources of a form: * is any text, ? any character");
        var module = Text("--module", "name", "Only what one module asked for");
        var run = Text("--run", "id", "Only one run");
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Only from a time on: 2026-01-31T12:00:00Z, or 10m for the last ten minutes",
            HelpName = "time",
            CustomParser = ParseSince,
        };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(
            Name,
            """
            Show what guests did and were denied, from the file that run --audit wrote.

            Exit code 1: something of what is shown was denied, or the file does not tell everything.
            """)
        {
            file, denied, allowed, kind, operation, resource, module, run, since, json,
        };
        command.SetAction(result => Run(context, result.GetRequiredValue(file), result.GetValue(json), new AuditFilter
        {
            Allowed = result.GetValue(denied) == result.GetValue(allowed) ? null : result.GetValue(allowed),
            Kind = result.GetValue(kind),
            Operation = result.GetValue(operation),
            Resource = result.GetValue(resource),
            Module = result.GetValue(module),
            Run = result.GetValue(run),
            Since = result.GetValue(since),
        }));
        return command;
    }

    private static int Run(CommandContext context, string file, bool isJson, AuditFilter filter)
    {
        var summary = new AuditSummary(filter);
        using (var stream = file == HostFiles.StandardStream ? context.Terminal.Input : context.Files.OpenRead(file))
        {
            summary.Read(stream, context.Cancellation);
        }

        if (isJson) AuditSummaryJson.Write(summary, context.Terminal.Output);
        else AuditTable.Write(summary, context.Terminal);
        WriteGaps(summary, file, context.Terminal.Error);
        return summary is { Denied: 0, Malformed: 0, Dropped: 0 } ? ExitCode.Success : ExitCode.Failed;
    }

    private static void WriteGaps(AuditSummary summary, string file, TextWriter error)
    {
        var name = PlainText.OneLine(file);
        foreach (var (line, reason) in summary.FirstMalformed) error.WriteLine($"{name}:{line}: {PlainText.OneLine(reason)}");
        var more = summary.Malformed - summary.FirstMalformed.Count;
        if (more > 0) error.WriteLine($"{name}: {more} more lines hold no audit event");
        if (summary.Dropped > 0) error.WriteLine($"{name}: {summary.Dropped} events are missing; there were too many, or they could not be written");
    }

    private static Option<string?> Text(string name, string form, string description) =>
        new(name) { Description = description, HelpName = form };

    private static DateTimeOffset? ParseSince(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Duration.TryParse(text, out var duration)) return TimeProvider.System.GetUtcNow() - duration;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        result.AddError($"--since takes a time such as 2026-01-31T12:00:00Z or 10m, not \"{text}\"");
        return null;
    }
}
