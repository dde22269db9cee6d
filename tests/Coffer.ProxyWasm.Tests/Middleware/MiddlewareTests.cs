using System.Net;
using System.Text;

namespace Coffer.ProxyWasm.Tests.Middleware;

public sealed class MiddlewareTests
{
    private static FilterModule CFilter => TestProxy.Compile(File.ReadAllBytes(TestData.Require("guests/proxy-wasm/c_filter.wasm")));

    [Fact]
    public async Task CFilter_Headers_AreChangedBothWays()
    {
        await using var proxy = await TestProxy.StartAsync(
            TestProxy.Echo, CFilter, new FilterOptions { Workers = 1, Configuration = Encoding.UTF8.GetBytes("configured") });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/path?q=1");
        request.Headers.Add("x-secret", "s");
        using var response = await proxy.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("GET /path?q=1", text);
        Assert.Contains("x-c-filter: configured", text);
        Assert.DoesNotContain("x-secret", text);
        Assert.Equal("c-filter", response.Headers.Server.ToString());
        await proxy.Log.WaitForAsync("on_log");
    }

    [Fact]
    public async Task CFilter_Forbidden_IsAnsweredByTheFilter()
    {
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, CFilter);
        using var response = await proxy.Client.GetAsync("/forbidden");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("forbidden by c_filter\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_ThatThrows_IsAnErrorOfTheServer(bool hasWritten)
    {
        await using var proxy = await TestProxy.StartAsync(
            async context =>
            {
                if (hasWritten) await context.Response.Body.WriteAsync("begun"u8.ToArray());
                throw new InvalidOperationException("the application fails");
            },
            CFilter);
        // What has begun can only be cut off.
        if (hasWritten) await Assert.ThrowsAsync<HttpRequestException>(() => proxy.Client.GetStringAsync("/"));
        else
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        }
    }

    [Fact]
    public async Task CFilter_Body_IsChangedWhenItIsWhole()
    {
        await using var proxy = await TestProxy.StartAsync(TestProxy.Echo, CFilter);
        using var response = await proxy.Client.PostAsync("/", new StringContent("hello body"));
        Assert.EndsWith("\n\nHELLO BODY", await response.Content.ReadAsStringAsync());
    }
}
