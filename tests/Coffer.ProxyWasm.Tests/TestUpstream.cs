using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Tests;

/// <summary>A server of the test.</summary>
internal sealed class TestUpstream : IAsyncDisposable
{
    private readonly WebApplication app;
    private int requests;

    private TestUpstream(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    public int Requests => requests;

    public static async Task<TestUpstream> StartAsync(RequestDelegate answer, bool http2 = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        var upstream = new TestUpstream(app);
        app.Run(context =>
        {
            Interlocked.Increment(ref upstream.requests);
            return answer(context);
        });
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
