using Coffer.ProxyWasm.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Coffer.ProxyWasm.Tests;

/// <summary>A chain of filters before an upstream, or before an application of the test.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private static readonly Engine Engine = new();
    private readonly WebApplication app;
    private readonly IReadOnlyList<FilterSlot> slots;

    private TestProxy(WebApplication app, IReadOnlyList<FilterSlot> slots, RecordedLog log)
    {
        this.app = app;
        this.slots = slots;
        Log = log;
    }

    public HttpClient Client { get; private set; } = null!;

    public RecordedLog Log { get; }

    public IReadOnlyList<FilterSlot> Slots => slots;

    public static FilterModule Compile(byte[] bytes, string name = "test") => new(Module.Compile(Engine, bytes, name));

    public static FilterModule CompileText(string text, string name = "test") => new(Module.CompileText(Engine, text, name));

    public static async Task<TestProxy> StartAsync(
        RequestDelegate application, FilterHost host, RecordedLog log, params (FilterModule Module, FilterOptions Options)[] filters)
    {
        var slots = new List<FilterSlot>();
        foreach (var (module, options) in filters) slots.Add(new FilterSlot(await Filter.StartAsync(module, options, host)));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        app.UseFilters(slots);
        app.Run(application);
        await app.StartAsync();
        return new TestProxy(app, slots, log) { Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) } };
    }

    public static Task<TestProxy> StartAsync(RequestDelegate application, FilterModule module, FilterOptions? options = null)
    {
        var log = new RecordedLog();
        return StartAsync(application, new FilterHost { Logger = log }, log, (module, options ?? new FilterOptions { Workers = 1 }));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        foreach (var slot in slots) await slot.DisposeAsync();
    }

    /// <summary>An application that says what it got.</summary>
    public static async Task Echo(HttpContext context)
    {
        var text = new System.Text.StringBuilder();
        text.Append($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n");
        foreach (var (name, value) in context.Request.Headers) text.Append($"{name.ToLowerInvariant()}: {value}\n");
        using var reader = new StreamReader(context.Request.Body);
        text.Append('\n').Append(await reader.ReadToEndAsync());
        context.Response.Headers.Server = "backend";
        // Not WriteAsync of a text, which sends the headers before a filter has seen any of the body.
        await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text.ToString()));
    }
}
