using System.CommandLine;
using System.Net.Http.Json;

namespace Coffer.Server.Commands;

/// <summary><c>coffer rollback</c>: an earlier version of an app serves again.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var client = new AdminClient();
        var app = new Argument<string>("app") { Description = "The name of the app" };
        var to = new Option<int?>("--to") { Description = "The number of the version; the last that served before when nothing is said", HelpName = "version" };
        var command = new Command("rollback", "Let an earlier version of an app serve, at once.") { app, to };
        client.AddTo(command);
        command.SetAction((result, cancellation) => client.RunAsync(result, async http =>
        {
            var name = result.GetRequiredValue(app);
            using var answer = await http.PostAsJsonAsync(
                $"/v1/apps/{Uri.EscapeDataString(name)}/rollback", new { version = result.GetValue(to) }, cancellation).ConfigureAwait(false);
            var version = (await AdminClient.ReadAsync(answer, cancellation).ConfigureAwait(false))!["version"];
            await result.InvocationConfiguration.Output.WriteLineAsync($"{name}: version {version} serves").ConfigureAwait(false);
            return ServerExit.Success;
        }));
        return command;
    }
}
