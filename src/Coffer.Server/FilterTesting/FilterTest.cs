using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Streams;
using Coffer.Server.Proxy;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.FilterTesting;

/// <summary>Takes one described request through a filter, without a network.</summary>
internal sealed class FilterTest(TestDescription description)
{
    private readonly Lines log = new();

    /// <exception cref="FilterException">The filter does not start.</exception>
    public async Task<TestOutcome> RunAsync(FilterModule module, CancellationToken cancellation)
    {
        var caller = new DescribedUpstreams(description.Upstreams);
        using var metrics = new ProxyWasm.Shared.FilterMetrics();
        var host = new FilterHost { Logger = log, Upstreams = caller, ForeignFunctions = BuiltInFunctions.All, Metrics = metrics };
        var slot = new FilterSlot(await Filter.StartAsync(module, description.Options, host).ConfigureAwait(false));
        await using (slot.ConfigureAwait(false))
        {
            var request = new HeaderList(description.RequestHeaders);
            var exchange = new HttpExchange(request, new DescribedProperties(description.Properties, request));
            var chain = new HttpFilterChain([slot], exchange);
            var (reached, requestBody) = await SendAsync(chain, cancellation).ConfigureAwait(false);
            var response = new HeaderList(description.ResponseHeaders);
            var responseBody = "";
            if (reached)
            {
                exchange.ResponseHeaders = response;
                responseBody = await ReceiveAsync(chain, description.ResponseBody, cancellation).ConfigureAwait(false);
            }

            if (exchange.TakeLocal() is { } local)
            {
                response = new HeaderList([new(":status", local.StatusCode.ToString(CultureInfo.InvariantCulture)), .. local.Headers]);
                exchange.ResponseHeaders = response;
                responseBody = await ReceiveAsync(chain, [Encoding.UTF8.GetString(local.Body.Span)], cancellation).ConfigureAwait(false);
            }

            await chain.CloseAsync().ConfigureAwait(false);
            return new TestOutcome
            {
                Request = request,
                RequestBody = requestBody,
                ReachedUpstream = reached,
                Response = response,
                ResponseBody = responseBody,
                IsReset = exchange.IsReset,
                Logs = [.. log.All],
                Calls = [.. caller.Calls],
            };
        }
    }

    private async Task<(bool Reached, string Body)> SendAsync(HttpFilterChain chain, CancellationToken cancellation)
    {
        var body = description.RequestBody.Count == 0 ? null : Source(description.RequestBody);
        if (!await chain.ShowRequestAsync(body, cancellation).ConfigureAwait(false)) return (false, "");
        var text = chain.RequestBody is null ? "" : await ReadAsync(chain.RequestBody, cancellation).ConfigureAwait(false);
        return (!chain.Exchange.IsAnswered, text);
    }

    private static async Task<string> ReceiveAsync(HttpFilterChain chain, IReadOnlyList<string> pieces, CancellationToken cancellation)
    {
        var body = pieces.Count == 0 || (pieces.Count == 1 && pieces[0].Length == 0) ? null : Source(pieces);
        if (!await chain.ShowResponseAsync(body, cancellation).ConfigureAwait(false)) return "";
        return chain.ResponseBody is null ? "" : await ReadAsync(chain.ResponseBody, cancellation).ConfigureAwait(false);
    }

    private static BodySource Source(IReadOnlyList<string> pieces)
    {
        var next = 0;
        return _ =>
        {
            var piece = new BodyPiece(next < pieces.Count ? Encoding.UTF8.GetBytes(pieces[next]) : default, IsLast: next >= pieces.Count - 1);
            next++;
            return new(piece);
        };
    }

    private static async Task<string> ReadAsync(BodySource source, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        BodyPiece piece;
        do
        {
            piece = await source(cancellation).ConfigureAwait(false);
            content.Write(piece.Data.Span);
        }
        while (!piece.IsEnd);
        return Encoding.UTF8.GetString(content.ToArray());
    }

    private sealed class DescribedProperties(IReadOnlyDictionary<string, string> values, HeaderMap request) : StreamProperties
    {
        protected override byte[]? Find(string path)
        {
            const string Header = "request.headers.";
            if (values.TryGetValue(path, out var value)) return Text(value);
            if (path.StartsWith(Header, StringComparison.Ordinal)) return Text(request.Find(path[Header.Length..]));
            return path switch
            {
                "request.path" => Text(request.Find(":path")),
                "request.url_path" => Text(request.Find(":path")!.Split('?', 2)[0]),
                "request.method" => Text(request.Find(":method")),
                "request.host" => Text(request.Find(":authority")),
                "request.scheme" => Text(request.Find(":scheme")),
                "request.protocol" => Text("HTTP/1.1"),
                "source.address" => Text("192.0.2.1:1234"),
                _ => null,
            };
        }
    }

    private sealed class DescribedUpstreams(
        IReadOnlyDictionary<string, (IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)> answers) : UpstreamCaller
    {
        public ConcurrentQueue<string> Calls { get; } = new();

        public override bool Knows(string upstream) => answers.ContainsKey(upstream);

        public override Task<CallResponse> SendAsync(CallRequest request, CancellationToken cancellation)
        {
            Calls.Enqueue($"{request.Upstream}: {request.Header(":method")} {request.Header(":path")} {Encoding.UTF8.GetString(request.Body.Span)}".TrimEnd());
            var (headers, body) = answers[request.Upstream];
            return Task.FromResult(new CallResponse(new HeaderList(headers), Encoding.UTF8.GetBytes(body), new HeaderList()));
        }
    }

    private sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IEnumerable<string> All => lines;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception);
            lines.Enqueue($"{ConsoleLog.Word(logLevel)}: {(text.StartsWith("test: ", StringComparison.Ordinal) ? text[6..] : text)}");
        }
    }
}
