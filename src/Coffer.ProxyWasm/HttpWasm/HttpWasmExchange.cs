using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>
/// A request and its response as a handler sees them. To derive from for a host; used by one thread at a time.
/// </summary>
internal abstract class HttpWasmExchange
{
    private bool hasWritten;

    /// <summary>What is enabled for this request.</summary>
    public HttpWasmFeatures Features { get; set; }

    /// <summary>Whether the request has gone on: it cannot be changed any more.</summary>
    public bool IsAfterNext { get; private set; }

    public abstract string Method { get; set; }

    public abstract string Uri { get; set; }

    public abstract string ProtocolVersion { get; }

    public abstract string SourceAddress { get; }

    public abstract int StatusCode { get; set; }

    /// <summary>Whether status and headers of the response can still be changed.</summary>
    public abstract bool CanChangeResponse { get; }

    /// <summary>The body of the request, of which <see cref="BodyCursor.Position"/> has been read.</summary>
    public BodyCursor RequestBody { get; } = new();

    /// <summary>The body of the response.</summary>
    public BodyCursor ResponseBody { get; } = new();

    /// <summary>Whether the handler has written a body of the request.</summary>
    public bool HasNewRequestBody { get; private set; }

    /// <summary>Whether the handler has written to the body of the response since the request went on, or before when it did not.</summary>
    public bool HasNewResponseBody => hasWritten;

    /// <summary>The headers (0 and 1) or trailers (2 and 3) of the request or the response.</summary>
    public abstract HeaderMap? Headers(int kind);

    public void WriteRequest(ReadOnlySpan<byte> bytes)
    {
        if (!HasNewRequestBody) RequestBody.Clear();
        HasNewRequestBody = true;
        RequestBody.Append(bytes);
    }

    // The first write before the request goes on, and the first after that, replace what there is.
    public void WriteResponse(ReadOnlySpan<byte> bytes)
    {
        if (!hasWritten) ResponseBody.Clear();
        hasWritten = true;
        ResponseBody.Append(bytes);
    }

    public void GoOn()
    {
        IsAfterNext = true;
        hasWritten = false;
    }
}
