using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Streams;

/// <summary>One filter's view of one exchange: its context, and what it was shown of both bodies.</summary>
internal sealed class HttpFilterStream : FilterStream
{
    private readonly FilterSlot slot;
    private Filter filter;
    private FilterVm? vm;
    private FilterContext? context;
    private HttpDirection? request, response;

    public HttpFilterStream(FilterSlot slot, HttpExchange exchange)
    {
        this.slot = slot;
        filter = (Filter)slot.Current;
        Exchange = exchange;
    }

    public HttpExchange Exchange { get; }

    // Most streams have no body and are never paused: what is for that is made when it is asked for. The request and its
    // response may ask at the same time, and so may whoever continues.
    public HttpDirection Request => LazyInitializer.EnsureInitialized(ref request, () => new HttpDirection(this, isRequest: true));

    public HttpDirection Response => LazyInitializer.EnsureInitialized(ref response, () => new HttpDirection(this, isRequest: false));

    /// <summary>Whether the filter has callbacks for the body or the trailers of the response.</summary>
    public bool WantsResponseBody => Callbacks is { ResponseBody: not null } or { ResponseTrailers: not null };

    /// <summary>Whether the filter has callbacks for the body or the trailers of the request.</summary>
    public bool WantsRequestBody => Callbacks is { RequestBody: not null } or { RequestTrailers: not null };

    public FilterOptions Options => filter.Options;

    public TimeProvider Time => filter.Host.Time;

    /// <summary>What the filter has; null while it has not been shown anything, or when it was passed over.</summary>
    public Callbacks? Callbacks => context is null ? null : vm!.Callbacks;

    /// <summary>Whether its module can answer by itself at all.</summary>
    public bool CanRespond => filter.FilterModule.CanRespond;

    public override StreamProperties Properties => Exchange.Properties;

    public override HeaderMap? Map(MapKind kind) => kind switch
    {
        MapKind.HttpRequestHeaders => Exchange.RequestHeaders,
        MapKind.HttpRequestTrailers => Exchange.RequestTrailers,
        MapKind.HttpResponseHeaders => Exchange.ResponseHeaders,
        MapKind.HttpResponseTrailers => Exchange.ResponseTrailers,
        _ => null,
    };

    public override BodyBuffer? Buffer(BufferKind kind) => kind switch
    {
        BufferKind.HttpRequestBody => Request.Buffer,
        BufferKind.HttpResponseBody => Response.Buffer,
        _ => null,
    };

    public override bool Continue(StreamKind kind)
    {
        if (kind is not (StreamKind.HttpRequest or StreamKind.HttpResponse)) return false;
        (kind == StreamKind.HttpRequest ? Request : Response).Pause.Continue();
        return true;
    }

    public override bool Close(StreamKind kind)
    {
        if (kind is not (StreamKind.HttpRequest or StreamKind.HttpResponse)) return false;
        Exchange.Reset();
        Wake();
        return true;
    }

    public override bool TryRespond(LocalResponse response)
    {
        if (!Exchange.TryRespond(response)) return false;
        Wake();
        return true;
    }

    public override void Fail() => Wake();

    /// <summary>Gives the stream to a VM and shows it the headers of the request; whether they go on.</summary>
    public async ValueTask<bool> OpenAsync(bool isEnd)
    {
        (filter, vm) = await slot.EnterAsync().ConfigureAwait(false);
        if (vm is null) return FailByPolicy();
        try
        {
            context = vm.Open(this);
            return Call(
                (Exchange.RequestHeaders, isEnd),
                static (callbacks, context, state) => callbacks.RequestHeaders?.Invoke(context.Id, state.RequestHeaders.Count, state.isEnd ? 1 : 0) ?? 0);
        }
        finally
        {
            vm.Leave();
        }
    }

    /// <summary>Calls the filter for this stream; whether what it was shown goes on.</summary>
    public async ValueTask<bool> ShowAsync<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        if (context is null) return true;
        await vm!.EnterAsync().ConfigureAwait(false);
        try
        {
            return Call(state, callback);
        }
        finally
        {
            vm.Leave();
        }
    }

    /// <summary>What was continued before there was a response does not count for it.</summary>
    public void ForgetContinued() => Volatile.Read(ref response)?.Pause.Reset();

    /// <summary>Whether the filter works no more, which decides what becomes of what it has paused.</summary>
    public bool HasFailed => vm is { HasFailed: true };

    /// <summary>What the policy says of a stream whose filter does not work: whether it goes on.</summary>
    public bool FailByPolicy()
    {
        if (filter.Options.Failure == FailurePolicy.FailOpen) return true;
        Refuse(503, "filter_failed");
        return false;
    }

    /// <summary>The host answers in the place of the filter, or ends what it cannot answer any more.</summary>
    public void Refuse(int status, string details)
    {
        if (!TryRespond(new LocalResponse(status, details)) && !Exchange.IsAnswered) Exchange.Reset();
        Wake();
    }

    /// <summary>Tells the filter that all is over.</summary>
    public async ValueTask CloseAsync()
    {
        if (context is null) return;
        await vm!.EnterAsync().ConfigureAwait(false);
        vm.Close(context);
        vm.Leave();
    }

    private bool Call<TState>(TState state, Func<Callbacks, FilterContext, TState, int> callback)
    {
        var action = vm!.Call(context!, state, 0, callback);
        if (vm.HasFailed) return FailByPolicy();
        return action == 0 && !Exchange.IsAnswered;
    }

    private void Wake()
    {
        Volatile.Read(ref request)?.Pause.Continue();
        Volatile.Read(ref response)?.Pause.Continue();
    }
}
