using System.Collections.Concurrent;
using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>
/// The upstreams that filters under test may call. A call is answered at once by what the test has said, or waits until the
/// test answers it. Thread-safe.
/// </summary>
public sealed class FakeUpstreams : UpstreamCaller
{
    private readonly TestHost host;
    private readonly ConcurrentDictionary<string, Func<CallRequest, TestMessage>?> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<FakeCall> calls = new();
    private readonly ConcurrentQueue<FakeGrpcCall> grpcCalls = new();
    private int waiting;

    internal FakeUpstreams(TestHost host) => this.host = host;

    /// <summary>The calls by HTTP so far, in order.</summary>
    public IReadOnlyList<FakeCall> Calls => [.. calls];

    /// <summary>The calls by gRPC so far, in order.</summary>
    public IReadOnlyList<FakeGrpcCall> GrpcCalls => [.. grpcCalls];

    /// <summary>How many calls by HTTP wait for their answer.</summary>
    internal int Waiting => Volatile.Read(ref waiting);

    /// <summary>An upstream whose calls wait until the test answers them.</summary>
    public FakeUpstreams Add(string name)
    {
        answers[name] = null;
        return this;
    }

    /// <summary>An upstream that answers every call with this.</summary>
    public FakeUpstreams Add(string name, TestMessage response) => Add(name, _ => response);

    /// <summary>An upstream that answers as a function says; what that throws is the failure of the call.</summary>
    public FakeUpstreams Add(string name, Func<CallRequest, TestMessage> respond)
    {
        ArgumentNullException.ThrowIfNull(respond);
        answers[name] = respond;
        return this;
    }

    /// <inheritdoc/>
    public override bool Knows(string upstream) => answers.ContainsKey(upstream);

    /// <inheritdoc/>
    public override async Task<CallResponse> SendAsync(CallRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var respond = answers[request.Upstream];
        var call = new FakeCall(request, host, () => Interlocked.Decrement(ref waiting));
        if (respond is null) Interlocked.Increment(ref waiting);
        calls.Enqueue(call);
        if (respond is not null) call.TryAnswer(respond);
        using (cancellation.UnsafeRegister(static state => ((FakeCall)state!).TryCancel(), call))
        {
            return await call.Response.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override GrpcCall OpenGrpc(GrpcRequest request, GrpcEvents events, CancellationToken cancellation)
    {
        var call = new FakeGrpcCall(request, events, host);
        grpcCalls.Enqueue(call);
        cancellation.UnsafeRegister(static state => ((FakeGrpcCall)state!).TimeOut(), call);
        return call;
    }

    internal static CallResponse ToResponse(TestMessage message) =>
        new(new HeaderList(message.Headers), [.. message.Body.SelectMany(piece => piece.ToArray())], new HeaderList(message.Trailers));
}
