namespace Coffer.Fastly;

/// <summary>
/// Where the response of a guest goes, as a server has it. Its methods are called one after the other, on any thread: a
/// response may go on being sent after the guest has ended.
/// </summary>
public abstract class DownstreamResponse
{
    /// <summary>Sends status and headers; called once, and first.</summary>
    /// <param name="head">Status and headers.</param>
    /// <param name="cancellationToken">Cancelled when the run is.</param>
    public abstract ValueTask StartAsync(DownstreamResponseHead head, CancellationToken cancellationToken);

    /// <summary>Sends early hints (103) before the response; nothing by default.</summary>
    public virtual ValueTask SendEarlyHintsAsync(DownstreamResponseHead head, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Takes bytes of the body. It ends when it can take more: while it waits, nothing more is read from whoever makes the
    /// body.
    /// </summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Sends what was taken, since more may take a while; nothing by default.</summary>
    public virtual ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    /// <summary>The body is whole.</summary>
    public abstract ValueTask CompleteAsync(IReadOnlyList<KeyValuePair<string, string>> trailers, CancellationToken cancellationToken);

    /// <summary>The body cannot be sent whole: the client must learn of that, by a connection or stream that is reset.</summary>
    /// <param name="reason">Why, for the log.</param>
    public abstract void Abort(string reason);
}

/// <summary>Status and headers of a response. Immutable.</summary>
/// <param name="StatusCode">The status, from 100 to 999.</param>
/// <param name="Headers">The headers in the order to send them, names in lower case, without those of the connection.</param>
/// <param name="BodyLength">The length of the body in bytes; null when it is not known.</param>
public sealed record DownstreamResponseHead(int StatusCode, IReadOnlyList<KeyValuePair<string, string>> Headers, long? BodyLength);
