using System.Text;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// A filter of proxy-wasm under test, in one VM of a host that is faked. Streams are taken through it step by step
/// (<see cref="OpenStream"/>, <see cref="OpenConnectionAsync"/>) or as a whole (<see cref="SendAsync"/>). For any test
/// framework: what is not as it should be is a <see cref="FilterAssertionException"/>. For one test at a time.
/// </summary>
/// <example>
/// <code>
/// await using var filter = await FilterFixture.StartAsync(File.ReadAllBytes("auth.wasm"));
/// var exchange = await filter.SendAsync(TestMessage.Get("/secret"), TestMessage.Response(200));
/// Assert.Equal("403", exchange.Response![":status"]);
/// </code>
/// </example>
public sealed class FilterFixture : IAsyncDisposable
{
    private static readonly Engine MeteredEngine = new(new EngineOptions { ConsumeFuel = true });
    private readonly Dictionary<string, byte[]> properties = new(StringComparer.Ordinal);
    private readonly Filter filter;
    private readonly bool ownsHost;

    private FilterFixture(Filter filter, TestHost host, bool ownsHost)
    {
        this.filter = filter;
        this.ownsHost = ownsHost;
        Host = host;
        Slot = new FilterSlot(filter);
    }

    /// <summary>The host, with all that the filter does to it.</summary>
    public TestHost Host { get; }

    /// <summary>
    /// The fuel that the VM has left: guests consume one unit an instruction, the same each time, so that a test can bound what a
    /// callback costs. Set to little, it lets the next callback fail.
    /// </summary>
    /// <exception cref="FilterAssertionException">The filter has no VM, because it failed.</exception>
    public long Fuel
    {
        get => Vm.Fuel;
        set => Vm.Fuel = value;
    }

    /// <summary>Whether the filter has a VM that works; after a failure the next is started when its backoff has passed.</summary>
    public bool IsRunning => filter.RunningWorkers > 0;

    internal FilterSlot Slot { get; }

    private FilterVm Vm => filter.FirstRoot?.Vm ?? throw new FilterAssertionException("The filter has no VM, because it failed.");

    /// <summary>Starts a filter: <c>proxy_on_vm_start</c> and <c>proxy_on_configure</c> are called.</summary>
    /// <param name="module">The module, in binary or text format.</param>
    /// <param name="options">How it is run; there is one VM whatever they say.</param>
    /// <param name="host">The host; null for one of its own.</param>
    /// <exception cref="FilterException">It is no filter, does not start, or refuses its configuration.</exception>
    /// <exception cref="CofferException">It is no module.</exception>
    public static Task<FilterFixture> StartAsync(ReadOnlyMemory<byte> module, FilterOptions? options = null, TestHost? host = null) =>
        StartAsync(new FilterModule(Compile(MeteredEngine, module)), options, host);

    /// <summary>Starts a filter whose module is linked; without <see cref="EngineOptions.ConsumeFuel"/> its fuel stays as it is.</summary>
    /// <exception cref="FilterException">It does not start, or refuses its configuration.</exception>
    public static async Task<FilterFixture> StartAsync(FilterModule module, FilterOptions? options = null, TestHost? host = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var used = host ?? new TestHost();
        try
        {
            var filter = await Filter.StartAsync(module, (options ?? new FilterOptions()) with { Workers = 1 }, used.Host).ConfigureAwait(false);
            await used.SettleAsync().ConfigureAwait(false);
            return new FilterFixture(filter, used, ownsHost: host is null);
        }
        catch
        {
            if (host is null) used.Dispose();
            throw;
        }
    }

    /// <summary>Sets a property that streams have which are opened after it, by its path (<c>source.address</c>).</summary>
    public FilterFixture SetProperty(string path, string value) => SetProperty(path, Encoding.UTF8.GetBytes(value));

    /// <summary>Sets a property that is no text; numbers are eight bytes in little-endian order.</summary>
    public FilterFixture SetProperty(string path, byte[] value)
    {
        properties[path] = value;
        return this;
    }

    /// <summary>A request, to be taken through the filter step by step.</summary>
    public TestStream OpenStream() => new(this, Properties());

    /// <summary>A connection, to be taken through the filter step by step: <c>proxy_on_new_connection</c> is called.</summary>
    public async Task<TestConnection> OpenConnectionAsync()
    {
        var connection = new TestConnection(this, Properties());
        await connection.OpenAsync().ConfigureAwait(false);
        return connection;
    }

    /// <summary>
    /// Takes a request and its response through the filter as the proxy does. While it waits for the filter the clock goes on, so
    /// that timers go off, and a stream that is never continued is refused as the proxy would.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="response">What the upstream answers.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task<TestExchange> SendAsync(TestMessage request, TestMessage response, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        return new WholeExchange(this, request, Properties()).RunAsync(response, cancellation);
    }

    /// <summary>
    /// Moves the clock until a filter that failed has a new VM.
    /// </summary>
    /// <exception cref="FilterAssertionException">It does not start again.</exception>
    public async Task RestartAsync()
    {
        for (var tries = 0; !IsRunning; tries++)
        {
            if (tries == 1000) throw new FilterAssertionException($"The filter does not start again. {string.Join("; ", Host.Logs.Select(log => log.Text).TakeLast(1))}");
            Host.Time.Advance(filter.Options.Backoff.Initial);
            // Starting is work of other threads.
            await Task.Delay(5).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the filter; a VM whose streams are still open goes with the last of them.</summary>
    public async ValueTask DisposeAsync()
    {
        await Slot.DisposeAsync().ConfigureAwait(false);
        if (ownsHost) Host.Dispose();
    }

    /// <summary>What a whole exchange lets the clock go on by while it waits.</summary>
    internal TimeSpan Step(bool isPatient) => isPatient && filter.FirstRoot?.Timer.Period is { } period ? period : filter.Options.PauseLimit;

    internal static Module Compile(Engine engine, ReadOnlyMemory<byte> module) => module.Span is [0, (byte)'a', (byte)'s', (byte)'m', ..]
        ? Module.Compile(engine, module, "filter")
        : Module.CompileText(engine, Encoding.UTF8.GetString(module.Span), "filter");

    private Dictionary<string, byte[]> Properties() => new(properties, StringComparer.Ordinal);
}
