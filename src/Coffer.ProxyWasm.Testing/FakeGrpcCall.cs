using System.Collections.Concurrent;
using Coffer.ProxyWasm.Calls;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>A call by gRPC that a filter under test has opened. Thread-safe.</summary>
public sealed class FakeGrpcCall : GrpcCall
{
    private const int DeadlineExceeded = 4;
    private readonly ConcurrentQueue<byte[]> messages = new();
    private readonly GrpcEvents events;
    private readonly TestHost host;
    private volatile bool isClosed, isCanceled;

    internal FakeGrpcCall(GrpcRequest request, GrpcEvents events, TestHost host)
    {
        Request = request;
        this.events = events;
        this.host = host;
    }

    /// <summary>What the filter has opened.</summary>
    public GrpcRequest Request { get; }

    /// <summary>The messages that the filter has sent, in order.</summary>
    public IReadOnlyList<byte[]> Messages => [.. messages];

    /// <summary>Whether the filter sends no more.</summary>
    public bool IsClosed => isClosed;

    /// <summary>Whether the filter has cancelled it.</summary>
    public bool IsCanceled => isCanceled;

    /// <inheritdoc/>
    public override bool TrySend(ReadOnlySpan<byte> message, bool endOfStream)
    {
        if (isClosed) return false;
        messages.Enqueue(message.ToArray());
        isClosed = endOfStream;
        return true;
    }

    /// <inheritdoc/>
    public override void Close() => isClosed = true;

    /// <inheritdoc/>
    public override void Cancel() => isClosed = isCanceled = true;

    /// <summary>The initial metadata comes.</summary>
    public Task ReceiveMetadataAsync(params (string Name, string Value)[] metadata) => DeliverAsync(events.InitialMetadata(List(metadata)));

    /// <summary>A message comes.</summary>
    public Task ReceiveAsync(ReadOnlyMemory<byte> message) => DeliverAsync(events.Message(message.ToArray()));

    /// <summary>The trailing metadata comes.</summary>
    public Task ReceiveTrailersAsync(params (string Name, string Value)[] metadata) => DeliverAsync(events.TrailingMetadata(List(metadata)));

    /// <summary>The far end ends the call with a status, of which 0 is success.</summary>
    public Task EndAsync(int status, string message = "") => DeliverAsync(events.Closed(status, message));

    internal void TimeOut() => _ = events.Closed(DeadlineExceeded, "timeout");

    private async Task DeliverAsync(Task delivery)
    {
        await delivery.ConfigureAwait(false);
        await host.SettleAsync().ConfigureAwait(false);
    }

    private static HeaderList List((string Name, string Value)[] metadata) =>
        new(metadata.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value)));
}
