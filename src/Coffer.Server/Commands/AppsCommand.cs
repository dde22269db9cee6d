using System.CommandLine;
using System.Text.Json.Nodes;

namespace Coffer.Server.Commands;

/// <summary><c>coffer apps</c>: the apps of a server, and the deployments to it that nobody waited for.</summary>
internal static class AppsCommand
{
    public static Command Create()
    {
        var client = new AdminClient();
        var json = new Option<bool>("--json") { Description = "Print all that the server tells, as JSON" };
        var operations = new Option<bool>("--operations") { Description = "List the last deployments that were made with --no-wait instead" };
        var command = new Command("apps", "List the apps of a server that runs.") { json, operations };
        client.AddTo(command);
        command.SetAction((result, cancellation) => client.RunAsync(result, async http =>
        {
            var output = result.InvocationConfiguration.Output;
            var isOfOperations = result.GetValue(operations);
            using var answer = await http.GetAsync(isOfOperations ? "/v1/operations" : "/v1/apps", cancellation).ConfigureAwait(false);
            var listed = (await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false))!.AsArray();
            if (result.GetValue(json))
            {
                await output.WriteLineAsync(listed.ToJsonString(new() { WriteIndented = true })).ConfigureAwait(false);
                return ServerExit.Success;
            }

            string[] head = isOfOperations ? ["OPERATION", "APP", "STATE", "VERSION", "REASON"] : ["NAME", "VERSION", "MODULE", "CANDIDATE", "REQUESTS", "ERRORS", "ROUTES"];
            foreach (var row in Aligned([head, .. listed.Select(each => isOfOperations ? OperationRow(each!) : Row(each!))])) await output.WriteLineAsync(row).ConfigureAwait(false);
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

    private static string[] OperationRow(JsonNode operation) =>
    [
        operation["id"]!.ToString(), (string)operation["app"]!, (string)operation["state"]!, operation["version"]?.ToString() ?? "-",
        (string?)operation["reason"] is { } reason ? $"{operation["code"]}: {reason}" : "-",
    ];

    private static IEnumerable<string> Aligned(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
