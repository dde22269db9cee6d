using System.Text;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// A request with its response that a test takes through a filter step by step: each method shows the filter something, waits
/// until nothing is under way, and says what became of the stream. What no host would show is a
/// <see cref="FilterAssertionException"/>.
/// </summary>
public sealed class TestStream : IAsyncDisposable
{
    private readonly FilterFixture fixture;
    private readonly IReadOnlyDictionary<string, byte[]> values;
    private StreamSide? request, response;
    private HttpFilterStream stream = null!;
    private HttpExchange? exchange;
    private TestProperties properties = null!;
    private bool isClosed;

    internal TestStream(FilterFixture fixture, IReadOnlyDictionary<string, byte[]> values)
    {
        this.fixture = fixture;
        this.values = values;
    }

    /// <summary>The request as it has gone on so far.</summary>
    public TestMessage Request => WholeExchange.Message((HeaderList)Exchange.RequestHeaders, request!.Passed, Exchange.RequestTrailers);

    /// <summary>The response as it has gone on so far.</summary>
    public TestMessage Response => Exchange.ResponseHeaders is HeaderList headers
        ? WholeExchange.Message(headers, response!.Passed, Exchange.ResponseTrailers)
        : throw new FilterAssertionException("There is no response yet.");

    /// <summary>The answer that takes the place of the upstream's, of the filter or of the host when it failed; null when there is none.</summary>
    public TestMessage? Answer => exchange?.Local is { } local ? WholeExchange.Message(local) : null;

    /// <summary>Why there is an answer: what the filter said, or the host.</summary>
    public string? AnswerDetails => exchange?.Local?.Details;

    /// <summary>Whether the request waits for the filter.</summary>
    public bool IsRequestPaused => request is { IsPaused: true };

    /// <summary>Whether the response waits for the filter.</summary>
    public bool IsResponsePaused => response is { IsPaused: true };

    /// <summary>What of the body of the request the filter has been shown and has not let go on, as text.</summary>
    public string HeldRequestBody => exchange is null ? "" : Encoding.UTF8.GetString(stream.Request.Buffer.Content);

    private HttpExchange Exchange => exchange ?? throw new FilterAssertionException("The stream begins with the headers of the request.");

    /// <summary>A property of the stream as text, such as one that the filter has set; null when there is none.</summary>
    public string? FindProperty(string path) => exchange is null ? null : properties.Read(path);

    /// <summary>Shows the headers of the request.</summary>
    /// <param name="message">The request, of which this takes the headers only.</param>
    /// <param name="endOfStream">Whether there is no body.</param>
    public async Task<FilterAction> RequestHeadersAsync(TestMessage message, bool endOfStream = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (exchange is not null) throw new FilterAssertionException("The headers of the request have been shown.");
        var headers = new HeaderList(message.Headers);
        properties = new TestProperties(values, headers);
        exchange = new HttpExchange(headers, properties);
        stream = new HttpFilterStream(fixture.Slot, exchange);
        request = new StreamSide("request", stream.Request, fixture.Host);
        return Result(request, await request.ShowHeadersAsync(() => stream.OpenAsync(endOfStream), endOfStream).ConfigureAwait(false));
    }

    /// <summary>Shows a piece of the body of the request.</summary>
    public async Task<FilterAction> RequestBodyAsync(ReadOnlyMemory<byte> piece, bool endOfStream = false) =>
        Result(Side(request), await Side(request).ShowBodyAsync(piece, endOfStream).ConfigureAwait(false));

    /// <summary>Shows a piece of the body of the request, as UTF-8.</summary>
    public Task<FilterAction> RequestBodyAsync(string piece, bool endOfStream = false) => RequestBodyAsync(Encoding.UTF8.GetBytes(piece), endOfStream);

    /// <summary>Shows the trailers of the request.</summary>
    public async Task<FilterAction> RequestTrailersAsync(params (string Name, string Value)[] trailers)
    {
        Side(request);
        Exchange.RequestTrailers = new HeaderList(trailers.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value)));
        return Result(request!, await request!.ShowTrailersAsync().ConfigureAwait(false));
    }

    /// <summary>Shows the headers of the response.</summary>
    /// <param name="message">The response, of which this takes the headers only.</param>
    /// <param name="endOfStream">Whether there is no body.</param>
    public Task<FilterAction> ResponseHeadersAsync(TestMessage message, bool endOfStream = false)
    {
        ArgumentNullException.ThrowIfNull(message);
        Side(request);
        return ShowResponseHeadersAsync(message, endOfStream);
    }

    /// <summary>Shows a piece of the body of the response.</summary>
    public async Task<FilterAction> ResponseBodyAsync(ReadOnlyMemory<byte> piece, bool endOfStream = false) =>
        Result(Side(response), await Side(response).ShowBodyAsync(piece, endOfStream).ConfigureAwait(false));

    /// <summary>Shows a piece of the body of the response, as UTF-8.</summary>
    public Task<FilterAction> ResponseBodyAsync(string piece, bool endOfStream = false) => ResponseBodyAsync(Encoding.UTF8.GetBytes(piece), endOfStream);

    /// <summary>Shows the trailers of the response.</summary>
    public async Task<FilterAction> ResponseTrailersAsync(params (string Name, string Value)[] trailers)
    {
        Side(response);
        Exchange.ResponseTrailers = new HeaderList(trailers.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value)));
        return Result(response!, await response!.ShowTrailersAsync().ConfigureAwait(false));
    }

    /// <summary>Takes <see cref="Answer"/> back through the filter, as a proxy does: it is the response from here on.</summary>
    public async Task<FilterAction> PassAnswerAsync()
    {
        var local = Exchange.TakeLocal() ?? throw new FilterAssertionException("There is no answer.");
        var message = WholeExchange.Message(local);
        var action = await ShowResponseHeadersAsync(message, endOfStream: !message.HasBody).ConfigureAwait(false);
        return action == FilterAction.Continue && message.HasBody ? await ResponseBodyAsync(local.Body, endOfStream: true).ConfigureAwait(false) : action;
    }

    /// <summary>Tells the filter that all is over: <c>proxy_on_done</c>, <c>proxy_on_log</c>, <c>proxy_on_delete</c>.</summary>
    public async Task CloseAsync()
    {
        if (isClosed || exchange is null) return;
        isClosed = true;
        await stream.CloseAsync().ConfigureAwait(false);
        await fixture.Host.SettleAsync().ConfigureAwait(false);
    }

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => new(CloseAsync());

    private async Task<FilterAction> ShowResponseHeadersAsync(TestMessage message, bool endOfStream)
    {
        if (Exchange.ResponseHeaders is not null && response is not { IsAnswered: true }) throw new FilterAssertionException("The headers of the response have been shown.");
        var headers = new HeaderList(message.Headers);
        Exchange.ResponseHeaders = headers;
        response = new StreamSide("response", stream.Response, fixture.Host);
        stream.ForgetContinued();
        return Result(response, await response.ShowHeadersAsync(
            () => stream.ShowAsync((headers, endOfStream), static (callbacks, context, state) =>
                callbacks.ResponseHeaders?.Invoke(context.Id, state.headers.Count, state.endOfStream ? 1 : 0) ?? 0),
            endOfStream).ConfigureAwait(false));
    }

    private StreamSide Side(StreamSide? side)
    {
        if (isClosed) throw new FilterAssertionException("The stream is closed.");
        if (exchange is { IsReset: true }) throw new FilterAssertionException("The stream was reset: nothing more of it is shown.");
        if (exchange is { Local: not null }) throw new FilterAssertionException("The stream was answered: nothing more of it is shown but the answer (PassAnswerAsync).");
        return side ?? throw new FilterAssertionException("The headers come first.");
    }

    private FilterAction Result(StreamSide side, bool goesOn)
    {
        if (Exchange.IsReset) return FilterAction.Reset;
        if (Exchange.Local is not null) return FilterAction.Answer;
        return goesOn && !side.IsPaused ? FilterAction.Continue : FilterAction.Pause;
    }
}
