namespace Coffer.ProxyWasm.Streams;

/// <summary>An answer that a filter, or the host in its place, gives instead of the upstream. Immutable.</summary>
/// <param name="StatusCode">The status.</param>
/// <param name="Details">Why, for the log: what the filter said, or the host.</param>
public sealed record LocalResponse(int StatusCode, string Details)
{
    /// <summary>The headers beside those that every response has.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The status of gRPC, for requests of gRPC; null to derive it from the other.</summary>
    public int? GrpcStatus { get; init; }
}
