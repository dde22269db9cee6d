using Coffer.Capabilities.Audit;
using Spectre.Console;

namespace Coffer.Cli.Audit;

/// <summary>Shows the summary of an audit trail to a person, or as plain columns.</summary>
internal static class AuditTable
{
    private static readonly string[] Titles =
        ["operation", "kind", "resource", "access", "allowed", "denied", "rule", "to allow"];

    public static void Write(AuditSummary summary, Terminal terminal)
    {
        var groups = summary.Groups.ToList();
        if (groups.Count > 0)
        {
            if (terminal.OutputIsTerminal) WriteTable(groups, terminal);
            else PlainColumns.Write(terminal.Output, "", [Titles, .. groups.Select(Row)]);
        }

        var failed = groups.Sum(group => group.Failed);
        terminal.Output.WriteLine(
            $"{summary.Allowed + summary.Denied} decisions: {summary.Allowed} allowed"
            + $"{(failed > 0 ? $" ({failed} failed even so)" : "")}, {summary.Denied} denied");
    }

    private static void WriteTable(List<AuditGroup> groups, Terminal terminal)
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple };
        foreach (var title in Titles) table.AddColumn(new TableColumn(new Spectre.Console.Text(title)));
        foreach (var group in groups)
        {
            var style = group.Denied > 0 ? new Style(Color.Yellow) : Style.Plain;
            table.AddRow(Row(group).Select(word => new Spectre.Console.Text(word, style)));
        }

        terminal.OutputConsole().Write(table);
    }

    private static string[] Row(AuditGroup group) =>
    [
        .. new[]
        {
            group.Key.Operation, group.Key.Kind, group.Key.Resource, group.Key.Access,
            $"{group.Allowed}", $"{group.Denied}", group.Rule ?? "", ToAllow(group),
        }.Select(GuestText.Escape),
    ];

    private static string ToAllow(AuditGroup group)
    {
        if (group.Denied == 0) return "";
        return group.Remedy is { } remedy ? DenialText.Quote(remedy) : $"({group.Reason})";
    }
}
