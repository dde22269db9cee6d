using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Coffer.Server.Commands;

/// <summary><c>coffer logs</c>: what an app logs, and, with <c>-f</c>, what it will.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var client = new AdminClient();
        var app = new Argument<string?>("app") { Description = "The name of the app; all, and the server itself, when nothing is said", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what comes" };
        var tail = new Option<int>("--tail") { Description = "How many of the last lines", HelpName = "count", DefaultValueFactory = _ => 100 };
        var command = new Command("logs", "Show what an app logs.") { app, follow, tail };
        client.AddTo(command);
        command.SetAction((result, cancellation) => client.RunAsync(result, async http =>
        {
            var name = result.GetValue(app);
            var path = $"/v1/{(name is null ? "" : $"apps/{Uri.EscapeDataString(name)}/")}logs?tail={Math.Clamp(result.GetValue(tail), 0, 200)}";
            return result.GetValue(follow)
                ? await FollowAsync(http, path, result, name is null, cancellation).ConfigureAwait(false)
                : await ShowAsync(http, path, result, name is null, cancellation).ConfigureAwait(false);
        }));
        return command;
    }

    private static async Task<int> ShowAsync(HttpClient http, string path, ParseResult result, bool isOfAll, CancellationToken cancellation)
    {
        using var answer = await http.GetAsync(path, cancellation).ConfigureAwait(false);
        foreach (var line in (await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false))!.AsArray())
            await result.InvocationConfiguration.Output.WriteLineAsync(Format(line!, isOfAll)).ConfigureAwait(false);
        return ServerExit.Success;
    }

    private static async Task<int> FollowAsync(HttpClient http, string path, ParseResult result, bool isOfAll, CancellationToken cancellation)
    {
        var output = result.InvocationConfiguration.Output;
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
        var isDropped = false;
        try
        {
            while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                if (line.StartsWith("event: dropped", StringComparison.Ordinal)) isDropped = true;
                else if (line.Length == 0) isDropped = false;
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    await output.WriteLineAsync(isDropped ? $"({line[6..]} lines were lost)" : Format(JsonNode.Parse(line[6..])!, isOfAll)).ConfigureAwait(false);
                await output.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Who follows stops by a signal.
        }

        return ServerExit.Success;
    }

    private static string Format(JsonNode line, bool isOfAll) =>
        $"{(DateTimeOffset)line["time"]!:yyyy-MM-dd HH:mm:ss.fff} {(string)line["level"]!,-11} {(isOfAll ? $"{((string)line["app"]! is { Length: > 0 } app ? app : "server")}: " : "")}{(string)line["text"]!}";
}
