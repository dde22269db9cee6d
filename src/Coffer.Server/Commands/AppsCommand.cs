using System.CommandLine;
using System.Text.Json.Nodes;

namespace Coffer.Server.Commands;

/// <summary><c>coffer apps</c>: the apps of a server.</summary>
internal static class AppsCommand
{
    public static Command Create()
    {
        var client = new AdminClient();
        var json = new Option<bool>("--json") { Description = "Print all that the server tells, as JSON" };
        var command = new Command("apps", "List the apps of a server that runs.") { json };
        client.AddTo(command);
        command.SetAction((result, cancellation) => client.RunAsync(result, async http =>
        {
            var output = result.InvocationConfiguration.Output;
            using var answer = await http.GetAsync("/v1/apps", cancellation).ConfigureAwait(false);
            var apps = (await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false))!.AsArray();
            if (result.GetValue(json))
            {
                await output.WriteLineAsync(apps.ToJsonString(new() { WriteIndented = true })).ConfigureAwait(false);
                return ServerExit.Success;
            }

            string[] head = ["NAME", "VERSION", "MODULE", "CANDIDATE", "REQUESTS", "ERRORS", "ROUTES"];
            foreach (var row in Aligned([head, .. apps.Select(app => Row(app!))])) await output.WriteLineAsync(row).ConfigureAwait(false);
            return ServerExit.Success;
        }));
        return command;
    }

    private static string[] Row(JsonNode app) =>
    [
        (string)app["name"]!,
        app["stable"]?["number"]?.ToString() ?? "-",
        ((string?)app["stable"]?["digest"])?["sha256:".Length..][..12] ?? "-",
        app["candidate"] is { } candidate ? $"{candidate["number"]} ({app["weight"]}%)" : "-",
        app["requests"]!.ToString(),
        app["errors"]!.ToString(),
        app["routes"] is JsonArray routes ? string.Join(" ", routes.Select(route => (string)route!)) : "(configuration)",
    ];

    private static IEnumerable<string> Aligned(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
