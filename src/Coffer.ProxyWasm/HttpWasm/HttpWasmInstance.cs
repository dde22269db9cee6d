using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>One instance of a handler, which has one request at a time.</summary>
internal sealed class HttpWasmInstance : IDisposable
{
    private readonly Store store;
    private readonly WasiEnvironment wasi;
    private readonly Func<long> handleRequest;
    private readonly Action<int, int> handleResponse;

    public HttpWasmInstance(HttpWasmModule module, FilterOptions options, FilterHost host)
    {
        Options = options;
        Log = new FilterLog(options, host);
        store = new Store(module.Module.Engine, new StoreLimits { MemoryBytes = options.MemoryBytes, Instances = 1 }) { Data = this };
        wasi = new WasiEnvironment(options, () => Log, host.GuestTime ?? host.Time);
        try
        {
            wasi.Attach(store);
            store.SetDeadline(options.StartDeadline);
            var instance = module.Pre.Instantiate(store);
            (instance.FindFunction("_initialize") ?? instance.FindFunction("_start"))?.Invoke();
            handleRequest = instance.GetFunction<long>("handle_request");
            handleResponse = instance.GetAction<int, int>("handle_response");
        }
        catch (Exception exception)
        {
            Dispose();
            throw new FilterException($"filter {options.Name} does not start: {exception.Message}", exception);
        }
    }

    public FilterOptions Options { get; }

    public FilterLog Log { get; }

    /// <summary>What is enabled for every request.</summary>
    public HttpWasmFeatures Features { get; private set; }

    /// <summary>The request; null while there is none.</summary>
    public HttpWasmExchange? Exchange { get; private set; }

    public int Enable(int features)
    {
        var wanted = (HttpWasmFeatures)features & HttpWasmFeatures.All;
        // What is enabled then, not all that could be: the guests of the ABI's own tests want to see that.
        if (Exchange is { } exchange) return (int)(exchange.Features |= wanted);
        return (int)(Features |= wanted);
    }

    /// <summary>Shows a request; whether it goes on, and what the response is to be shown with.</summary>
    public (bool GoesOn, int Context) HandleRequest(HttpWasmExchange exchange)
    {
        var result = Run(exchange, handleRequest);
        return ((int)result == 1, (int)(result >> 32));
    }

    /// <summary>Shows a response.</summary>
    public void HandleResponse(HttpWasmExchange exchange, int context, bool isError) => Run(exchange, () =>
    {
        handleResponse(context, isError ? 1 : 0);
        return 0L;
    });

    public void Dispose()
    {
        store.Dispose();
        wasi.Dispose();
    }

    private long Run(HttpWasmExchange exchange, Func<long> function)
    {
        Exchange = exchange;
        try
        {
            store.SetDeadline(Options.CallbackDeadline);
            return function();
        }
        finally
        {
            Exchange = null;
        }
    }
}
