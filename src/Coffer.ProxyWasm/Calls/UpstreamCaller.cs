using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Calls;

/// <summary>
/// Sends what filters call. A filter names an upstream, never an address: what there is to call is decided here. To derive
/// from; thread-safe.
/// </summary>
public abstract class UpstreamCaller
{
    /// <summary>Whether there is an upstream of a name.</summary>
    public abstract bool Knows(string upstream);

    /// <summary>Sends a request and waits for the whole response.</summary>
    /// <exception cref="HttpRequestException">There is no response.</exception>
    /// <exception cref="OperationCanceledException">The time is up.</exception>
    public abstract Task<CallResponse> SendAsync(CallRequest request, CancellationToken cancellation);

    /// <summary>Opens a call of gRPC.</summary>
    /// <exception cref="NotSupportedException">This host has no gRPC.</exception>
    public virtual GrpcCall OpenGrpc(GrpcRequest request, GrpcEvents events, CancellationToken cancellation) =>
        throw new NotSupportedException("There is no gRPC here.");
}

/// <summary>A request of a filter. Immutable.</summary>
/// <param name="Upstream">The name of the upstream.</param>
/// <param name="Headers">The headers, pseudo headers among them.</param>
/// <param name="Body">The body.</param>
/// <param name="Trailers">The trailers.</param>
public sealed record CallRequest(
    string Upstream,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte> Body,
    IReadOnlyList<KeyValuePair<string, string>> Trailers)
{
    /// <summary>The value of a header; null when there is none.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) return value;
        }

        return null;
    }
}

/// <summary>A response for a filter. Immutable.</summary>
/// <param name="Headers">The headers, <c>:status</c> among them.</param>
/// <param name="Body">The body.</param>
/// <param name="Trailers">The trailers.</param>
public sealed record CallResponse(HeaderList Headers, byte[] Body, HeaderList Trailers);

/// <summary>A call of gRPC that a filter opens. Immutable.</summary>
/// <param name="Upstream">The name of the upstream.</param>
/// <param name="Service">The full name of the service.</param>
/// <param name="Method">The name of the method.</param>
/// <param name="Metadata">The initial metadata.</param>
public sealed record GrpcRequest(
    string Upstream, string Service, string Method, IReadOnlyList<KeyValuePair<string, string>> Metadata);

/// <summary>What a call of gRPC tells of, one at a time and in order; <paramref name="Closed"/> last, and always.</summary>
/// <param name="InitialMetadata">The initial metadata came.</param>
/// <param name="Message">A message came.</param>
/// <param name="TrailingMetadata">The trailing metadata came.</param>
/// <param name="Closed">The call has ended, with a status and a message.</param>
public sealed record GrpcEvents(
    Func<HeaderList, Task> InitialMetadata,
    Func<byte[], Task> Message,
    Func<HeaderList, Task> TrailingMetadata,
    Func<int, string, Task> Closed);

/// <summary>The near end of a call of gRPC. Thread-safe.</summary>
public abstract class GrpcCall
{
    /// <summary>Sends a message; false when none can be sent any more.</summary>
    public abstract bool TrySend(ReadOnlySpan<byte> message, bool endOfStream);

    /// <summary>Sends no more; the far end may go on.</summary>
    public abstract void Close();

    /// <summary>Ends the call.</summary>
    public abstract void Cancel();
}
