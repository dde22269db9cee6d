namespace Coffer.ProxyWasm.Streams;

/// <summary>
/// A request and its response as the filters of a chain share them. The host makes one for each request and sets what
/// becomes known of the response.
/// </summary>
public sealed class HttpExchange
{
    private readonly TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LocalResponse? local;

    /// <summary>A request.</summary>
    /// <param name="requestHeaders">Its headers, pseudo headers among them.</param>
    /// <param name="properties">What is known of it beside.</param>
    public HttpExchange(HeaderMap requestHeaders, StreamProperties properties)
    {
        RequestHeaders = requestHeaders;
        Properties = properties;
    }

    /// <summary>The headers of the request.</summary>
    public HeaderMap RequestHeaders { get; }

    /// <summary>The trailers of the request; null while there are none.</summary>
    public HeaderMap? RequestTrailers { get; set; }

    /// <summary>The headers of the response, <c>:status</c> among them; null while there are none.</summary>
    public HeaderMap? ResponseHeaders { get; set; }

    /// <summary>The trailers of the response; null while there are none.</summary>
    public HeaderMap? ResponseTrailers { get; set; }

    /// <summary>What is known of the stream.</summary>
    public StreamProperties Properties { get; }

    /// <summary>The answer that takes the place of the upstream's; null while there is none.</summary>
    public LocalResponse? Local => Volatile.Read(ref local);

    /// <summary>Whether a filter wants the stream to end without an answer.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Whether the response has begun, so that no other can take its place.</summary>
    public bool HasResponded { get; set; }

    /// <summary>Completes when there is a local answer, or the stream is reset.</summary>
    public Task Answered => answered.Task;

    internal bool IsAnswered => Local is not null || IsReset;

    /// <summary>Answers; false when there is an answer already.</summary>
    internal bool TryRespond(LocalResponse response)
    {
        if (HasResponded || IsReset || Interlocked.CompareExchange(ref local, response, null) is not null) return false;
        answered.TrySetResult();
        return true;
    }

    /// <summary>The host has taken the answer: from here on it is the response.</summary>
    internal LocalResponse? TakeLocal() => Interlocked.Exchange(ref local, null);

    internal void Reset()
    {
        IsReset = true;
        answered.TrySetResult();
    }
}
