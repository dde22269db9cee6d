using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm;

/// <summary>
/// The way of one exchange through filters: its request from the first to the last, its response from the last to the
/// first. Used by one request and its response, in the order of its methods.
/// </summary>
internal sealed class HttpFilterChain
{
    private readonly HttpFilterStream[] streams;
    private int opened;

    public HttpFilterChain(IReadOnlyList<FilterSlot> filters, HttpExchange exchange)
    {
        Exchange = exchange;
        streams = new HttpFilterStream[filters.Count];
        for (var i = 0; i < streams.Length; i++) streams[i] = new HttpFilterStream(filters[i], exchange);
    }

    public HttpExchange Exchange { get; }

    /// <summary>Whether somebody waits until a filter continues what it paused.</summary>
    public bool IsPaused => Array.Exists(streams, static stream => stream.IsPaused);

    /// <summary>Where the body of the request comes from, for whoever is behind the filters; null when there is none.</summary>
    public BodySource? RequestBody { get; private set; }

    /// <summary>Where the body of the response comes from; null when there is none.</summary>
    public BodySource? ResponseBody { get; private set; }

    /// <summary>Whether a filter is to be shown the headers of the response.</summary>
    public bool WantsResponseHeaders => Any(static stream => stream.Callbacks is { ResponseHeaders: not null });

    /// <summary>Whether a filter is to be shown the body or the trailers of the response.</summary>
    public bool WantsResponseBody => Any(static stream => stream.WantsResponseBody);

    /// <summary>Whether a filter is to be shown the body while it pauses the headers of the response.</summary>
    public bool ContinuesResponseBody => Any(static stream => stream.WantsResponseBody && stream.Response.ContinuesBody);

    /// <summary>Whether a filter can answer when it is shown the headers of the response.</summary>
    public bool CanReplaceResponse => Any(static stream => stream is { Callbacks.ResponseHeaders: not null, CanRespond: true });

    /// <summary>Shows all filters the headers of the request; false when the exchange was answered.</summary>
    public async ValueTask<bool> ShowRequestAsync(BodySource? body, CancellationToken cancellation)
    {
        RequestBody = body;
        for (; opened < streams.Length; opened++)
        {
            var stream = streams[opened];
            var goesOn = await stream.OpenAsync(isEnd: body is null).ConfigureAwait(false);
            if (body is not null && stream.WantsRequestBody) RequestBody = new BodyStage(RequestBody!, stream.Request).ReadAsync;
            if (!goesOn && !await SettleAsync(stream.Request, RequestBody, source => RequestBody = source, cancellation).ConfigureAwait(false))
            {
                // This one was shown the request, and is shown the answer.
                opened++;
                return false;
            }
        }

        return true;
    }

    /// <summary>Shows the filters that were shown the request the headers of the response; false when another takes its place.</summary>
    public async ValueTask<bool> ShowResponseAsync(BodySource? body, CancellationToken cancellation)
    {
        ResponseBody = body;
        for (var i = opened - 1; i >= 0; i--)
        {
            var stream = streams[i];
            stream.ForgetContinued();
            var goesOn = await stream.ShowAsync((Exchange.ResponseHeaders!, body is null), static (callbacks, context, state) =>
                callbacks.ResponseHeaders?.Invoke(context.Id, state.Item1.Count, state.Item2 ? 1 : 0) ?? 0).ConfigureAwait(false);
            if (body is not null && stream.WantsResponseBody) ResponseBody = new BodyStage(ResponseBody!, stream.Response).ReadAsync;
            if (!goesOn && !await SettleAsync(stream.Response, ResponseBody, source => ResponseBody = source, cancellation).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells the filters that all is over, the last first.</summary>
    public async ValueTask CloseAsync()
    {
        for (var i = streams.Length - 1; i >= 0; i--) await streams[i].CloseAsync().ConfigureAwait(false);
    }

    // A filter that pauses the headers is waited for; one that wants to see the body first is shown that meanwhile.
    private static async ValueTask<bool> SettleAsync(
        HttpDirection direction, BodySource? body, Action<BodySource> replace, CancellationToken cancellation)
    {
        if (direction.IsAnswered) return false;
        if (body is null || !direction.ContinuesBody) return await direction.WaitUntilContinuedAsync(cancellation).ConfigureAwait(false);
        var first = body(cancellation).AsTask();
        await direction.WaitAsync(Task.WhenAny(first, direction.Pause.WhenContinued()), cancellation).ConfigureAwait(false);
        var isFirst = true;
        replace(token =>
        {
            if (!isFirst) return body(token);
            isFirst = false;
            return new ValueTask<BodyPiece>(first);
        });
        return !direction.IsAnswered;
    }

    private bool Any(Func<HttpFilterStream, bool> condition)
    {
        for (var i = 0; i < opened; i++)
        {
            if (condition(streams[i])) return true;
        }

        return false;
    }
}
