using System.Net;
using System.Text;
using Coffer.Opa.AspNetCore;
using Coffer.Opa.Decisions;
using Coffer.Opa.Tests.Decisions;
using Coffer.Opa.Values;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;

namespace Coffer.Opa.Tests.AspNetCore;

/// <summary>Open Policy Agent's REST API: what is asked, the status, and the body.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private const string Rule = "opa/wasm/test/allowed";
    private WebApplication application = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddOpa(_ => new DecisionService(DecisionTests.Roles("alice")));
        application = builder.Build();
        application.MapOpaApi();
        await application.StartAsync();
        client = application.GetTestClient();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await application.DisposeAsync();
    }

    [Theory]
    [InlineData("POST", "/v1/data/" + Rule, """{"input":{"user":"alice"}}""", 200, """{"result":true}""")]
    [InlineData("POST", "/v1/data/" + Rule, """{"input":{"user":"bob"}}""", 200, """{"result":false}""")]
    [InlineData("POST", "/v1/data/" + Rule, "{}", 200, """{"result":false,"warning":{"code":"api_usage_warning","message":"'input' key missing from the request"}}""")]
    [InlineData("POST", "/v1/data/no/such/rule", """{"input":1}""", 200, "{}")]
    [InlineData("GET", "/v1/data/" + Rule + "?input=%7B%22user%22%3A%22alice%22%7D", null, 200, """{"result":true}""")]
    [InlineData("GET", "/v1/data/role", null, 200, """{"result":{"alice":"admin"}}""")]
    [InlineData("GET", "/v1/data/role/alice", null, 200, """{"result":"admin"}""")]
    [InlineData("GET", "/v1/data/role/bob", null, 200, "{}")]
    [InlineData("GET", "/v1/data/opa", null, 200, """{"result":{"wasm":{"test":{"allowed":false}}}}""")]
    [InlineData("GET", "/v1/data", null, 200, """{"result":{"role":{"alice":"admin"},"opa":{"wasm":{"test":{"allowed":false}}}}}""")]
    [InlineData("POST", "/v0/data/" + Rule, """{"user":"alice"}""", 200, "true")]
    [InlineData("POST", "/v0/data/no/such", """{"user":"alice"}""", 404, """{"code":"undefined_document","message":"document missing or undefined: data.no.such"}""")]
    [InlineData("POST", "/", "{}", 404, """{"code":"undefined_document","message":"document missing or undefined: data.system.main"}""")]
    [InlineData("POST", "/v1/data/" + Rule, "{", 400, """{"code":"invalid_parameter","message":"body contains malformed input document: the value ends early"}""")]
    [InlineData("POST", "/v1/data/" + Rule, "[]", 400, """{"code":"invalid_parameter","message":"body contains malformed input document: it must be an object with the key \"input\""}""")]
    [InlineData("GET", "/v1/data/" + Rule + "?input=%7B", null, 400, """{"code":"invalid_parameter","message":"parameter contains malformed input document: the value ends early"}""")]
    [InlineData("DELETE", "/v1/data/role/bob", null, 404, """{"code":"resource_not_found","message":"storage_not_found_error: /role/bob: document does not exist"}""")]
    [InlineData("PATCH", "/v1/data/nothing", "[]", 404, """{"code":"resource_not_found","message":"storage_not_found_error: /nothing: document does not exist"}""")]
    [InlineData("PATCH", "/v1/data/role", "{}", 400, """{"code":"invalid_parameter","message":"the body must be an array of JSON Patch operations"}""")]
    [InlineData("PATCH", "/v1/data/role", """[{"op":"jump","path":"/a"}]""", 400, """{"code":"invalid_parameter","message":"unrecognized op 'jump'"}""")]
    [InlineData("PUT", "/v1/policies/mine", "package mine", 501, """{"code":"not_implemented","message":"policies come compiled, with bundles: there is no compiler of Rego here"}""")]
    [InlineData("GET", "/v1/policies/mine", null, 404, """{"code":"resource_not_found","message":"storage_not_found_error: policy id \"mine\""}""")]
    [InlineData("GET", "/v1/policies", null, 200, """{"result":[{"id":"demo-policy.wasm","abi":"1.3","entrypoints":["opa/wasm/test/allowed"],"builtins":[]}]}""")]
    [InlineData("GET", "/health", null, 200, "{}")]
    public async Task Request_HasItsAnswer(string method, string url, string? body, int status, string wanted)
    {
        var (code, answer) = await SendAsync(method, url, body);
        Assert.Equal((status, RegoValue.Parse(wanted)), (code, (answer as RegoObject)?.Without("decision_id") ?? answer));
    }

    [Fact]
    public async Task Data_IsPut_Patched_AndDeleted()
    {
        Assert.Equal(204, (await SendAsync("PUT", "/v1/data/role/bob", "\"admin\"")).Status);
        Assert.True(await IsAllowedAsync("bob"));
        Assert.Equal(204, (await SendAsync("PATCH", "/v1/data/role", """[{"op":"replace","path":"/bob","value":"user"},{"op":"add","path":"/carol","value":"admin"}]""")).Status);
        Assert.False(await IsAllowedAsync("bob"));
        Assert.True(await IsAllowedAsync("carol"));

        // The second change cannot be made, so the first is not either.
        Assert.Equal(404, (await SendAsync("PATCH", "/v1/data/role", """[{"op":"remove","path":"/carol"},{"op":"remove","path":"/nobody"}]""")).Status);
        Assert.True(await IsAllowedAsync("carol"));
        Assert.Equal(204, (await SendAsync("DELETE", "/v1/data/role/carol", null)).Status);
        Assert.False(await IsAllowedAsync("carol"));
        using var unlessThere = new HttpRequestMessage(
            HttpMethod.Put, "/v1/data/role/alice") { Content = new StringContent("\"user\"") };
        unlessThere.Headers.TryAddWithoutValidation("If-None-Match", "*");
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(unlessThere, TestContext.Current.CancellationToken))
            .StatusCode);
        Assert.True(await IsAllowedAsync("alice"));
        Assert.Equal(204, (await SendAsync("PUT", "/v1/data", "{}")).Status);
        Assert.False(await IsAllowedAsync("alice"));
    }

    [Fact]
    public async Task Metrics_Provenance_AndPrettyAnswers_AreGivenWhenAskedFor()
    {
        var (_, answer) = await SendAsync("POST", $"/v1/data/{Rule}?metrics&provenance=true", """{"input":{}}""");
        Assert.NotNull(((RegoObject)((RegoObject)answer!)["metrics"]!)["timer_server_handler_ns"]);
        Assert.NotNull(((RegoObject)answer)["provenance"]);
        var text = await client.GetStringAsync("/v1/data/role?pretty", TestContext.Current.CancellationToken);
        Assert.Contains("\n  \"result\": {\n    \"alice\": \"admin\"", text, StringComparison.Ordinal);
    }

    private async Task<bool> IsAllowedAsync(string user) =>
        ((RegoObject)(await SendAsync("POST", "/v1/data/" + Rule, $$$"""{"input":{"user":"{{{user}}}"}}""")).Body!)["result"] == (RegoValue)true;

    private async Task<(int Status, RegoValue? Body)> SendAsync(string method, string url, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? null : RegoValue.Parse(text));
    }
}
