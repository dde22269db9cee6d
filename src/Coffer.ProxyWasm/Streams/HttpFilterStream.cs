using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Vm;

namespace Coffer.ProxyWasm.Streams;

/// <summary>One filter's view of one exchange: its context, and what it was shown of both bodies.</summary>
internal sealed class HttpFilterStream(FilterSlot slot, HttpExchange exchange) : FilterStream(slot)
{
    private HttpDirection? request, response;

    public HttpExchange Exchange => exchange;

    // Most streams have no body and are never paused: what is for that is made when it is asked for. The request and its
    // response may ask at the same time, and so may whoever continues.
    public HttpDirection Request => LazyInitializer.EnsureInitialized(ref request, () => new HttpDirection(this, isRequest: true));

    public HttpDirection Response => LazyInitializer.EnsureInitialized(ref response, () => new HttpDirection(this, isRequest: false));

    /// <summary>Whether somebody waits until the filter continues what it paused.</summary>
    public bool IsPaused => Volatile.Read(ref request) is { Pause.IsAwaited: true } || Volatile.Read(ref response) is { Pause.IsAwaited: true };

    /// <summary>Whether the filter has callbacks for the body or the trailers of the response.</summary>
    public bool WantsResponseBody => Callbacks is { ResponseBody: not null } or { ResponseTrailers: not null };

    /// <summary>Whether the filter has callbacks for the body or the trailers of the request.</summary>
    public bool WantsRequestBody => Callbacks is { RequestBody: not null } or { RequestTrailers: not null };

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
    public ValueTask<bool> OpenAsync(bool isEnd) => OpenAsync(
        (Exchange.RequestHeaders, isEnd),
        static (callbacks, context, state) => callbacks.RequestHeaders?.Invoke(context.Id, state.RequestHeaders.Count, state.isEnd ? 1 : 0) ?? 0);

    /// <summary>What was continued before there was a response does not count for it.</summary>
    public void ForgetContinued() => Volatile.Read(ref response)?.Pause.Reset();

    /// <summary>The host answers in the place of the filter, or ends what it cannot answer any more.</summary>
    public void Refuse(int status, string details)
    {
        if (!TryRespond(new LocalResponse(status, details)) && !Exchange.IsAnswered) Exchange.Reset();
        Wake();
    }

    /// <summary>Tells the filter that all is over.</summary>
    public ValueTask CloseAsync() => CloseAsync(0, callback: null);

    protected override bool HasEnded => Exchange.IsAnswered;

    protected override void Refuse() => Refuse(503, "filter_failed");

    private void Wake()
    {
        Volatile.Read(ref request)?.Pause.Continue();
        Volatile.Read(ref response)?.Pause.Continue();
    }
}
