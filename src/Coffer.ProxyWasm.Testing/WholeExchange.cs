using System.Globalization;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>One request with its response on its way through a filter, in the order in which a proxy shows it.</summary>
internal sealed class WholeExchange
{
    private const int MaximumTicks = 1000;
    private readonly FilterFixture fixture;
    private readonly TestMessage request;
    private readonly HeaderList requestHeaders;
    private readonly HttpExchange exchange;
    private readonly HttpFilterChain chain;

    public WholeExchange(FilterFixture fixture, TestMessage request, IReadOnlyDictionary<string, byte[]> properties)
    {
        this.fixture = fixture;
        this.request = request;
        requestHeaders = new HeaderList(request.Headers);
        exchange = new HttpExchange(requestHeaders, new TestProperties(properties, requestHeaders));
        chain = new HttpFilterChain([fixture.Slot], exchange);
    }

    public async Task<TestExchange> RunAsync(TestMessage response, CancellationToken cancellation)
    {
        var running = Task.Run(() => PassAsync(response, cancellation), CancellationToken.None);
        var steps = 0;
        while (!running.IsCompleted)
        {
            await fixture.Host.SettleAsync().ConfigureAwait(false);
            // Twice, since what has just been continued may not have noticed.
            if (!chain.IsPaused || await Task.WhenAny(running, Task.Delay(5, CancellationToken.None)).ConfigureAwait(false) == running || !chain.IsPaused)
            {
                await Task.WhenAny(running, Task.Delay(1, CancellationToken.None)).ConfigureAwait(false);
                continue;
            }

            await fixture.Host.AdvanceAsync(fixture.Step(isPatient: steps++ < MaximumTicks)).ConfigureAwait(false);
        }

        var result = await running.ConfigureAwait(false);
        await fixture.Host.SettleAsync().ConfigureAwait(false);
        return result;
    }

    private async Task<TestExchange> PassAsync(TestMessage response, CancellationToken cancellation)
    {
        var upstream = await SendAsync(cancellation).ConfigureAwait(false);
        var answer = upstream is null ? null : await ReceiveAsync(response, cancellation).ConfigureAwait(false);
        if (exchange.TakeLocal() is { } local)
        {
            answer = await ReceiveAsync(Message(local), cancellation).ConfigureAwait(false);
            // An answer to an answer is the last.
            if (exchange.TakeLocal() is { } other) answer = Message(other);
        }

        await chain.CloseAsync().ConfigureAwait(false);
        return new TestExchange(upstream, exchange.IsReset ? null : answer);
    }

    private async Task<TestMessage?> SendAsync(CancellationToken cancellation)
    {
        var body = request.HasBody ? Source(request, trailers => exchange.RequestTrailers = trailers) : null;
        if (!await chain.ShowRequestAsync(body, cancellation).ConfigureAwait(false)) return null;
        var content = chain.RequestBody is null ? [] : await ReadAsync(chain.RequestBody, cancellation).ConfigureAwait(false);
        return exchange.IsAnswered ? null : Message(requestHeaders, content, exchange.RequestTrailers);
    }

    private async Task<TestMessage?> ReceiveAsync(TestMessage response, CancellationToken cancellation)
    {
        var headers = new HeaderList(response.Headers);
        exchange.ResponseHeaders = headers;
        var body = response.HasBody ? Source(response, trailers => exchange.ResponseTrailers = trailers) : null;
        if (!await chain.ShowResponseAsync(body, cancellation).ConfigureAwait(false)) return null;
        var content = chain.ResponseBody is null ? [] : await ReadAsync(chain.ResponseBody, cancellation).ConfigureAwait(false);
        return Message(headers, content, exchange.ResponseTrailers);
    }

    internal static TestMessage Message(LocalResponse local)
    {
        var message = new TestMessage { Headers = [new(":status", local.StatusCode.ToString(CultureInfo.InvariantCulture)), .. local.Headers] };
        return local.Body.IsEmpty ? message : message with { Body = [local.Body] };
    }

    internal static TestMessage Message(HeaderList headers, byte[] body, HeaderMap? trailers)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        trailers?.CopyTo(pairs);
        return new TestMessage { Headers = [.. headers.Pairs], Body = body.Length == 0 ? [] : [body], Trailers = pairs };
    }

    private static BodySource Source(TestMessage message, Action<HeaderList> setTrailers)
    {
        var next = 0;
        return _ =>
        {
            var index = next++;
            if (index < message.Body.Count) return new(new BodyPiece(message.Body[index], IsLast: index == message.Body.Count - 1 && message.Trailers.Count == 0));
            if (index > message.Body.Count || message.Trailers.Count == 0) return new(new BodyPiece(default, IsLast: true));
            setTrailers(new HeaderList(message.Trailers));
            return new(new BodyPiece(default, IsLast: false, HasTrailers: true));
        };
    }

    private static async Task<byte[]> ReadAsync(BodySource source, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        BodyPiece piece;
        do
        {
            piece = await source(cancellation).ConfigureAwait(false);
            content.Write(piece.Data.Span);
        }
        while (!piece.IsEnd);
        return content.ToArray();
    }
}
