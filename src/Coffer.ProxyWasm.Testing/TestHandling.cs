using System.Globalization;
using Coffer.Plugins.Versions;
using Coffer.ProxyWasm.HttpWasm;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>A request with its response as a handler of http-wasm under test sees them.</summary>
internal sealed class TestHandling : HttpWasmExchange
{
    private readonly FilterOptions options;
    private readonly HeaderList request, requestTrailers;
    private readonly byte[] body;
    private HeaderList response = new([new(":status", "200")]), responseTrailers = new();
    private ReadOnlyMemory<byte>[] streamed = [];
    private bool hasStarted;

    public TestHandling(TestMessage message, FilterOptions options)
    {
        this.options = options;
        request = new HeaderList(message.Headers);
        requestTrailers = new HeaderList(message.Trailers);
        body = [.. message.Body.SelectMany(piece => piece.ToArray())];
    }

    /// <summary>Why the handler failed; null when it has not.</summary>
    public Exception? Failure { get; private set; }

    public override string Method
    {
        get => request.Find(":method") ?? "GET";
        set => request.TryReplace(":method", value);
    }

    public override string Uri
    {
        get => request.Find(":path") is { Length: > 0 } path ? path : "/";
        set => request.TryReplace(":path", value.StartsWith('/') ? value : "/" + value);
    }

    public override string ProtocolVersion => "HTTP/1.1";

    public override string SourceAddress => "192.0.2.1:1234";

    public override int StatusCode
    {
        get => int.TryParse(response.Find(":status"), CultureInfo.InvariantCulture, out var status) ? status : 0;
        set => response.TryReplace(":status", value.ToString(CultureInfo.InvariantCulture));
    }

    public override bool CanChangeResponse => !hasStarted;

    public override HeaderMap? Headers(int kind) => kind switch
    {
        0 => request,
        1 => response,
        2 => requestTrailers,
        _ => responseTrailers,
    };

    /// <summary>Takes it through an instance, and through what answers when the handler lets it go on.</summary>
    public TestExchange Run(HttpWasmInstance instance, Func<TestMessage, TestMessage> respond)
    {
        Features = instance.Features;
        if (body.Length > options.BufferLimit) return new TestExchange(null, TestMessage.Response(413));
        RequestBody.Append(body);
        var goesOn = true;
        var guestContext = 0;
        try
        {
            (goesOn, guestContext) = instance.HandleRequest(this);
        }
        catch (Exception exception)
        {
            Failure = exception;
            return options.Failure == FailurePolicy.FailOpen ? Pass(respond) : new TestExchange(null, TestMessage.Response(503));
        }

        return goesOn ? Handle(instance, guestContext, respond) : new TestExchange(null, ResponseNow());
    }

    private TestExchange Handle(HttpWasmInstance instance, int guestContext, Func<TestMessage, TestMessage> respond)
    {
        GoOn();
        var upstream = RequestNow();
        var isError = false;
        try
        {
            Take(respond(upstream));
        }
        catch (Exception exception) when (exception is not FilterAssertionException)
        {
            isError = true;
            Take(TestMessage.Response(502));
        }

        try
        {
            instance.HandleResponse(this, guestContext, isError);
        }
        catch (Exception exception)
        {
            Failure = exception;
            if (options.Failure != FailurePolicy.FailOpen) return new TestExchange(upstream, TestMessage.Response(503));
        }

        return new TestExchange(upstream, ResponseNow());
    }

    private TestExchange Pass(Func<TestMessage, TestMessage> respond)
    {
        var upstream = RequestNow();
        return new TestExchange(upstream, respond(upstream));
    }

    // What was read is gone, unless the handler asked for it to be kept.
    private TestMessage RequestNow()
    {
        var keepsAll = HasNewRequestBody || Features.HasFlag(HttpWasmFeatures.BufferRequest);
        return WholeExchange.Message(request, (keepsAll ? RequestBody.Content : RequestBody.Rest).ToArray(), requestTrailers);
    }

    private TestMessage ResponseNow()
    {
        var message = WholeExchange.Message(response, ResponseBody.Content.ToArray(), responseTrailers);
        return streamed.Length > 0 && (hasStarted || !HasNewResponseBody) ? message with { Body = streamed } : message;
    }

    // A response that nobody asked to keep has been sent before the handler is shown it.
    private void Take(TestMessage message)
    {
        response = new HeaderList(message.Headers);
        responseTrailers = new HeaderList(message.Trailers);
        if (Features.HasFlag(HttpWasmFeatures.BufferResponse) || ResponseBody.Length > 0)
        {
            foreach (var piece in message.Body) ResponseBody.Append(piece.Span);
            return;
        }

        streamed = [.. message.Body];
        hasStarted = message.HasBody;
    }
}
