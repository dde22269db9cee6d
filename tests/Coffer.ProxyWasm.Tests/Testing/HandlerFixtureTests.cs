using System.Text;
using Coffer.ProxyWasm.Testing;

namespace Coffer.ProxyWasm.Tests.Testing;

/// <summary>The test kit with handlers of http-wasm.</summary>
public sealed class HandlerFixtureTests
{
    private static byte[] Read(string path) => File.ReadAllBytes(TestData.Require("proxy-wasm/" + path));

    [Theory]
    [InlineData(null, "401", false)]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "200", true)]
    public async Task Auth_AnswersOrLetsPass(string? authorization, string status, bool reaches)
    {
        await using var handler = await HandlerFixture.StartAsync(Read("http-wasm/examples/auth.wasm"));
        var request = authorization is null ? TestMessage.Get("/") : TestMessage.Get("/", ("authorization", authorization));
        var exchange = await handler.SendAsync(request, TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.Equal(status, exchange.Response![":status"]);
        Assert.Equal(reaches, exchange.Upstream is not null);
    }

    [Fact]
    public async Task Router_ChangesThePathOrAnswers()
    {
        await using var handler = await HandlerFixture.StartAsync(Read("dapr/middleware/http/wasm/internal/testdata/rewrite.wasm"));
        var exchange = await handler.SendAsync(TestMessage.Get("/v1.0/hi?name=panda"), upstream => TestMessage.Response(200).WithBody(upstream[":path"]!), TestContext.Current.CancellationToken);
        Assert.Equal("/v1.0/hello?name=teddy", exchange.Response!.Text);
        handler.Host.RequireNoFailure();
    }

    [Fact]
    public async Task Trap_IsRefused_AndKept()
    {
        const string Module = """
            (module (memory (export "memory") 1)
              (func (export "handle_request") (result i64) (unreachable))
              (func (export "handle_response") (param i32 i32)))
            """;
        await using var handler = await HandlerFixture.StartAsync(Encoding.UTF8.GetBytes(Module));
        var exchange = await handler.SendAsync(TestMessage.Get("/"), TestMessage.Response(200), TestContext.Current.CancellationToken);
        Assert.Equal("503", exchange.Response![":status"]);
        Assert.IsType<TrapException>(Assert.Single(handler.Host.Failures));
    }
}
