using System.Net;
using Coffer.Edge.Configuration;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>A filter that is exchanged while requests pass.</summary>
public sealed class SwapTests
{
    private static string Version(int version) =>
        $$"""
        (module
          (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "x-version") (data (i32.const 16) "{{version:d4}}")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
            (drop (call $add (i32.const 2) (i32.const 0) (i32.const 9) (i32.const 16) (i32.const 4))) (i32.const 0)))
        """;

    [Fact]
    public async Task Swap_UnderLoad_FailsNothing_AndNothingOldAnswersAfterIt()
    {
        await using var proxy = await RealProxy.WithFilterAsync(System.Text.Encoding.UTF8.GetBytes(Version(0)));
        using var stop = new CancellationTokenSource();
        var current = 0;
        var (answered, failed, old) = (0, 0, 0);
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var least = Volatile.Read(ref current);
                using var response = await proxy.Client.GetAsync("/");
                Interlocked.Increment(ref answered);
                if (response.StatusCode != HttpStatusCode.OK || !response.Headers.TryGetValues("x-version", out var values)) Interlocked.Increment(ref failed);
                else if (int.Parse(values.Single()) < least) Interlocked.Increment(ref old);
            }
        })).ToArray();
        for (var version = 1; version <= 20; version++)
        {
            File.WriteAllText(Path.Combine(proxy.Folder, "filter.wasm"), Version(version));
            await proxy.ReloadAsync();
            Volatile.Write(ref current, version);
            await Task.Delay(5);
        }

        stop.Cancel();
        await Task.WhenAll(load);
        Assert.Equal((0, 0), (failed, old));
        Assert.True(answered > 20, $"{answered} requests");
    }

    [Fact]
    public async Task Swap_StreamUnderWay_EndsWithTheFilterItBeganWith()
    {
        var release = new TaskCompletionSource();
        await using var proxy = await RealProxy.WithFilterAsync(System.Text.Encoding.UTF8.GetBytes(Version(1)), "", async context =>
        {
            if (context.Request.Path == "/slow") await release.Task;
            await context.Response.Body.WriteAsync("end"u8.ToArray());
        });
        var slow = proxy.Client.GetAsync("/slow");
        await Task.Delay(100);
        File.WriteAllText(Path.Combine(proxy.Folder, "filter.wasm"), Version(2));
        await proxy.ReloadAsync();
        using var quick = await proxy.Client.GetAsync("/quick");
        Assert.Equal("0002", quick.Headers.GetValues("x-version").Single());
        release.SetResult();
        using var ended = await slow;
        Assert.Equal("0001", ended.Headers.GetValues("x-version").Single());
    }

    [Theory]
    [InlineData("(module (func", "malformed")]
    [InlineData("(module)", "is no proxy-wasm filter")]
    [InlineData("""(module (func (export "proxy_abi_version_0_2_1")) (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0)))""", "refuses its configuration")]
    public async Task Swap_ForWhatDoesNotWork_LeavesTheOldOne(string module, string reason)
    {
        await using var proxy = await RealProxy.WithFilterAsync(System.Text.Encoding.UTF8.GetBytes(Version(1)));
        File.WriteAllText(Path.Combine(proxy.Folder, "filter.wasm"), module);
        var exception = await Assert.ThrowsAsync<ConfigurationException>(proxy.ReloadAsync);
        Assert.StartsWith("proxy.json:5:24: filters.test: ", exception.Message);
        if (reason != "malformed") Assert.Contains(reason, exception.Message);
        using var response = await proxy.Client.GetAsync("/");
        Assert.Equal("0001", response.Headers.GetValues("x-version").Single());
    }
}
