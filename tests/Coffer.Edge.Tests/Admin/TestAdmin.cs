using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Coffer.Edge.Tests.Admin;

/// <summary>A server that is administered, and a client that may.</summary>
internal sealed class TestAdmin : IAsyncDisposable
{
    public const string Token = "a-token-that-only-tests-have-0123456789";

    private TestAdmin(TestEdge edge)
    {
        Edge = edge;
        Api = ApiAt(edge.Server.Administration.Address!);
    }

    public TestEdge Edge { get; }

    /// <summary>A client with the token.</summary>
    public HttpClient Api { get; }

    /// <summary>A client of the apps.</summary>
    public HttpClient Client => Edge.Client;

    public static async Task<TestAdmin> StartAsync(string more = "", string apps = "", string state = "state", params (string Name, object Content)[] files) =>
        new(await TestEdge.StartAsync(
            $$"""
            {
              "listeners": [{ "address": "127.0.0.1:0" }],
              "admin": { "address": "127.0.0.1:0", "token": { "file": "token" }, "state": "{{state}}"{{(more.Length > 0 ? ", " : "")}}{{more}} },
              "apps": { {{apps}} }
            }
            """,
            [("token", Token + "\n"), .. files]));

    /// <summary>A client with the token, of a server that is administered at an address.</summary>
    public static HttpClient ApiAt(string address)
    {
        var client = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    /// <summary>A client of a server that runs.</summary>
    public static TestAdmin Of(TestEdge edge) => new(edge);

    /// <summary>A program that says who it is.</summary>
    public static byte[] Saying(string text) => Programs.Binary(Programs.Printing($"Content-Type: text/plain\n\n{text}"));

    /// <summary>A program that fails.</summary>
    public static byte[] Failing(string text = "failed") => Programs.Binary(Programs.Printing($"Status: 500 Failed\nContent-Type: text/plain\n\n{text}"));

    public static string DigestOf(byte[] module) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(module));

    public async Task<string> UploadAsync(byte[] module)
    {
        var digest = DigestOf(module);
        using var answer = await Api.PutAsync($"/v1/modules/{digest}", new ByteArrayContent(module));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return digest;
    }

    /// <summary>Uploads and deploys.</summary>
    public async Task<HttpResponseMessage> TryDeployAsync(string app, byte[] module, object? settings = null, int? canary = null)
    {
        var digest = await UploadAsync(module);
        return await Api.PostAsJsonAsync($"/v1/apps/{app}/deployments", new { digest, settings, canary });
    }

    public async Task<int> DeployAsync(string app, byte[] module, object? settings = null, int? canary = null)
    {
        using var answer = await TryDeployAsync(app, module, settings, canary);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return (int)JsonNode.Parse(body)!["version"]!;
    }

    public async Task PostAsync(string path, object? body = null)
    {
        using var answer = await (body is null ? Api.PostAsync(path, null) : Api.PostAsJsonAsync(path, body));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonNode> GetAsync(string path) => (await Api.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>What an app says.</summary>
    public Task<string> AskAsync(string app) => Client.GetStringAsync($"/{app}");

    /// <summary>The word and the text of a problem.</summary>
    public static async Task<(string Code, string Detail)> ProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonNode>(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((int)answer.StatusCode, (int)problem["status"]!);
        return ((string)problem["code"]!, (string)problem["detail"]!);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Edge.DisposeAsync();
    }
}
