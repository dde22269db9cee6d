using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Edge.Configuration;
using Coffer.Stores;
using Coffer.Stores.Ambient;

namespace Coffer.Server.Commands;

/// <summary>What the verbs that administer a server have in common: where it is, the token, and what its problems mean.</summary>
internal sealed class AdminClient
{
    private readonly Option<Uri> server = new("--server")
    {
        Description = "Where the server's administration listens",
        HelpName = "url",
        DefaultValueFactory = _ => new Uri("http://localhost:8081"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return address;
            result.AddError($"\"{result.Tokens[0].Value}\" is no address: http://localhost:8081");
            return null!;
        },
    };

    private readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = "The file with the token of administration; COFFER_ADMIN_TOKEN has it otherwise",
        HelpName = "file",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(server);
        command.Add(tokenFile);
    }

    /// <summary>Does something with a client of the server. What goes wrong is an exit code and one line.</summary>
    public async Task<int> RunAsync(ParseResult result, Func<HttpClient, Task<int>> action)
    {
        var error = result.InvocationConfiguration.Error;
        try
        {
            // Waits for as long as a module takes to compile; who does not want to wait that long interrupts.
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = result.GetRequiredValue(server), Timeout = TimeSpan.FromMinutes(30) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken(result));
            return await action(client).ConfigureAwait(false);
        }
        catch (AdminProblem problem)
        {
            await error.WriteLineAsync($"error: {problem.Message}").ConfigureAwait(false);
            return ServerExit.Failed;
        }
        catch (ConfigurationException exception)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.Usage;
        }
        catch (HttpRequestException exception)
        {
            await error.WriteLineAsync($"error: {result.GetRequiredValue(server)} does not answer: {exception.Message}").ConfigureAwait(false);
            return ServerExit.InputOutput;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.InputOutput;
        }
    }

    /// <summary>The body of an answer.</summary>
    /// <exception cref="AdminProblem">The server refused.</exception>
    public static async Task<JsonNode?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw Refusal(answer.StatusCode, text);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    private static AdminProblem Refusal(HttpStatusCode status, string text)
    {
        try
        {
            if ((string?)JsonNode.Parse(text)?["detail"] is { } detail) return new AdminProblem(detail);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Something else than the server answered.
        }

        return new AdminProblem($"the server answered {(int)status}");
    }

    private string ReadToken(ParseResult result)
    {
        var secret = result.GetValue(tokenFile) is { } file ? SecretSources.FromFile(file) : SecretSources.FromEnvironment("COFFER_ADMIN_TOKEN");
        var token = secret is null ? null : System.Text.Encoding.UTF8.GetString(secret.Reveal());
        if (string.IsNullOrWhiteSpace(token)) throw new ConfigurationException("there is no token: give --token-file, or set COFFER_ADMIN_TOKEN");
        return token.Any(unit => unit is <= ' ' or > '~') ? throw new ConfigurationException("the token has characters that none has") : token;
    }
}

/// <summary>The server refused, and said why.</summary>
internal sealed class AdminProblem(string message) : Exception(message);
