using Coffer.ProxyWasm.HttpWasm;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// A handler of http-wasm under test, in one instance of a host that is faked. For any test framework, and for one test at a
/// time.
/// </summary>
/// <example>
/// <code>
/// await using var handler = await HandlerFixture.StartAsync(File.ReadAllBytes("auth.wasm"));
/// var exchange = await handler.SendAsync(TestMessage.Get("/"), TestMessage.Response(200));
/// Assert.Equal("401", exchange.Response![":status"]);
/// </code>
/// </example>
public sealed class HandlerFixture : IAsyncDisposable
{
    private static readonly Engine Engine = new();
    private readonly HttpWasmFilter filter;
    private readonly bool ownsHost;

    private HandlerFixture(HttpWasmFilter filter, TestHost host, bool ownsHost)
    {
        this.filter = filter;
        this.ownsHost = ownsHost;
        Host = host;
    }

    /// <summary>The host, with all that the handler logs and fails with.</summary>
    public TestHost Host { get; }

    /// <summary>Starts a handler.</summary>
    /// <param name="module">The module, in binary or text format.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="host">The host; null for one of its own.</param>
    /// <exception cref="FilterException">It is no handler, or does not start.</exception>
    /// <exception cref="CofferException">It is no module.</exception>
    public static Task<HandlerFixture> StartAsync(ReadOnlyMemory<byte> module, FilterOptions? options = null, TestHost? host = null) =>
        StartAsync(new HttpWasmModule(FilterFixture.Compile(Engine, module)), options, host);

    /// <summary>Starts a handler whose module is linked.</summary>
    /// <exception cref="FilterException">It does not start.</exception>
    public static async Task<HandlerFixture> StartAsync(HttpWasmModule module, FilterOptions? options = null, TestHost? host = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var used = host ?? new TestHost();
        try
        {
            var filter = await HttpWasmFilter.StartAsync(module, (options ?? new FilterOptions()) with { Workers = 1 }, used.Host).ConfigureAwait(false);
            return new HandlerFixture(filter, used, ownsHost: host is null);
        }
        catch
        {
            if (host is null) used.Dispose();
            throw;
        }
    }

    /// <summary>Takes a request and its response through the handler.</summary>
    /// <param name="request">The request.</param>
    /// <param name="respond">What the upstream answers, given the request as it gets there; what it throws is that it does not answer.</param>
    /// <param name="cancellation">Ends the waiting for an instance.</param>
    public async Task<TestExchange> SendAsync(TestMessage request, Func<TestMessage, TestMessage> respond, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(respond);
        var instance = await filter.RentAsync(cancellation).ConfigureAwait(false) ?? throw new FilterAssertionException("No instance of the handler can be made.");
        var exchange = new TestHandling(request, filter.Options);
        Exception? failure = null;
        try
        {
            var result = exchange.Run(instance, respond);
            failure = exchange.Failure;
            return result;
        }
        finally
        {
            if (failure is not null) Host.NoteFailure(failure);
            filter.Return(instance, failure);
        }
    }

    /// <summary>Takes a request and its response through the handler.</summary>
    public Task<TestExchange> SendAsync(TestMessage request, TestMessage response, CancellationToken cancellation = default) =>
        SendAsync(request, _ => response, cancellation);

    /// <summary>Ends the instances.</summary>
    public async ValueTask DisposeAsync()
    {
        await filter.DisposeAsync().ConfigureAwait(false);
        if (ownsHost) Host.Dispose();
    }
}
