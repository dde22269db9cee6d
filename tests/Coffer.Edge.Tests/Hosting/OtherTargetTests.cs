using System.Net;

namespace Coffer.Edge.Tests.Hosting;

public sealed class OtherTargetTests
{
    [Fact]
    public async Task Proxy_PassesRequestsOn()
    {
        await using var behind = await TestEdge.OfAppAsync(Programs.Environment);
        await using var edge = await TestEdge.StartAsync($$"""
            { "listeners": [{ "address": "127.0.0.1:0" }], "proxy": [
              { "routes": ["/api"], "to": "http://{{behind.Address}}" },
              { "routes": ["/short"], "to": "http://{{behind.Address}}", "stripPrefix": true },
              { "routes": ["/dead"], "to": "http://127.0.0.1:1" } ] }
            """);
        var lines = (await edge.Client.GetStringAsync("/api/a%26b?x=1")).Split('\n');
        Assert.Contains("REQUEST_URI=/api/a%26b?x=1", lines);
        Assert.Contains("HTTP_X_FORWARDED_FOR=127.0.0.1", lines);
        Assert.Contains("REQUEST_URI=/y", (await edge.Client.GetStringAsync("/short/y")).Split('\n'));
        using var response = await edge.Client.GetAsync("/dead");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    // Adds a header to the request.
    private const string Filter = """
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 16) "x-filter") (data (i32.const 32) "on")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (drop (call $add (i32.const 0) (i32.const 16) (i32.const 8) (i32.const 32) (i32.const 2)))
            (i32.const 0))
          (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $add (i32.const 2) (i32.const 16) (i32.const 8) (i32.const 32) (i32.const 2)))
            (i32.const 0)))
        """;

    [Fact]
    public async Task Filters_BeforeAnApp_ChangeRequestAndAnswer()
    {
        await using var edge = await TestEdge.StartAsync(
            """
            { "listeners": [{ "address": "127.0.0.1:0" }],
              "filters": { "mark": { "module": "filter.wat" } },
              "apps": { "marked": { "module": "app.wat", "routes": ["/marked"], "filters": ["mark"] }, "plain": { "module": "app.wat", "routes": ["/"] } } }
            """, ("filter.wat", Filter), ("app.wat", Programs.Environment));
        using var marked = await edge.Client.GetAsync("/marked");
        Assert.Contains("HTTP_X_FILTER=on", (await marked.Content.ReadAsStringAsync()).Split('\n'));
        Assert.Equal("on", marked.Headers.GetValues("x-filter").Single());
        Assert.DoesNotContain("HTTP_X_FILTER=on", (await edge.Client.GetStringAsync("/")).Split('\n'));
    }

    [Fact]
    public async Task Route_OtherMethod_405()
    {
        await using var edge = await TestEdge.StartAsync(
            """{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { "a": { "module": "a.wat", "routes": [{ "route": "/a", "methods": ["post"] }] } } }""",
            ("a.wat", Programs.Echo));
        using var response = await edge.Client.GetAsync("/a");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }
}
