using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Coffer.Server.Commands;

/// <summary><c>coffer deploy</c>: a module becomes the version of an app that serves, or a candidate.</summary>
internal static class DeployCommand
{
    public static Command Create()
    {
        var client = new AdminClient();
        var module = new Argument<string>("module") { Description = "The module, or an artefact of it", HelpName = "file" };
        var app = new Option<string>("--app") { Description = "The name of the app", HelpName = "name", Required = true };
        var canary = new Option<int?>("--canary") { Description = "Let the new version serve so many of a hundred requests, beside the one before", HelpName = "percent" };
        var settings = new Option<string?>("--settings") { Description = "How requests are served, a file of JSON: routes, grants, limits, health, rollback; as before when nothing is said", HelpName = "file" };
        var noWait = new Option<bool>("--no-wait") { Description = "Return when the server has taken it in; coffer apps --operations tells what became of it" };
        var command = new Command("deploy", "Deploy a module to a server that runs. It is compiled and asked first; what served before serves until then, and on when something is wrong.")
        {
            module, app, canary, settings, noWait,
        };
        client.AddTo(command);
        command.SetAction((result, cancellation) => client.RunAsync(result, async http =>
        {
            var output = result.InvocationConfiguration.Output;
            var bytes = await File.ReadAllBytesAsync(result.GetRequiredValue(module), cancellation).ConfigureAwait(false);
            var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
            using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/wasm") } };
            using (var uploaded = await http.PutAsync($"/v1/modules/{digest}", content, cancellation).ConfigureAwait(false))
                await AdminClient.ReadAsync(uploaded, cancellation).ConfigureAwait(false);
            var name = result.GetRequiredValue(app);
            var body = new JsonObject
            {
                ["digest"] = digest,
                ["canary"] = result.GetValue(canary),
                ["settings"] = result.GetValue(settings) is { } file ? JsonNode.Parse(await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false)) : null,
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/apps/{Uri.EscapeDataString(name)}/deployments") { Content = JsonContent.Create(body) };
            if (result.GetValue(noWait)) request.Headers.Add("Prefer", "respond-async");
            using var answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            var deployed = (await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false))!;
            if (answer.StatusCode == HttpStatusCode.Accepted)
            {
                await output.WriteLineAsync($"{name}: operation {deployed["id"]} deploys it ({digest[..19]}…)").ConfigureAwait(false);
                return ServerExit.Success;
            }

            var share = result.GetValue(canary) is { } percent ? $" serves {percent} of 100 requests" : " serves";
            await output.WriteLineAsync($"{name}: version {deployed["version"]}{share}{((bool)deployed["isNew"]! ? "" : " already")} ({digest[..19]}…)").ConfigureAwait(false);
            return ServerExit.Success;
        }));
        return command;
    }
}
