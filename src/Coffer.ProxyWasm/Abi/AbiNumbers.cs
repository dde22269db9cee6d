namespace Coffer.ProxyWasm.Abi;

/// <summary>What every function of the host returns (<c>proxy_status_t</c>).</summary>
internal enum ProxyStatus
{
    Ok = 0,
    NotFound = 1,
    BadArgument = 2,
    SerializationFailure = 3,
    ParseFailure = 4,
    InvalidMemoryAccess = 6,
    Empty = 7,
    CasMismatch = 8,
    InternalFailure = 10,
    Unimplemented = 12,
}

/// <summary>The buffers that a filter reads and changes (<c>proxy_buffer_type_t</c>).</summary>
internal enum BufferKind
{
    HttpRequestBody = 0,
    HttpResponseBody = 1,
    DownstreamData = 2,
    UpstreamData = 3,
    HttpCallResponseBody = 4,
    GrpcCallMessage = 5,
    VmConfiguration = 6,
    PluginConfiguration = 7,
    ForeignFunctionArguments = 8,
}

/// <summary>The maps that a filter reads and changes (<c>proxy_map_type_t</c>).</summary>
internal enum MapKind
{
    HttpRequestHeaders = 0,
    HttpRequestTrailers = 1,
    HttpResponseHeaders = 2,
    HttpResponseTrailers = 3,
    GrpcCallInitialMetadata = 4,
    GrpcCallTrailingMetadata = 5,
    HttpCallResponseHeaders = 6,
    HttpCallResponseTrailers = 7,
}

/// <summary>What a filter pauses and continues (<c>proxy_stream_type_t</c>).</summary>
internal enum StreamKind
{
    HttpRequest = 0,
    HttpResponse = 1,
    Downstream = 2,
    Upstream = 3,
}

/// <summary>Who closed a connection (<c>proxy_peer_type_t</c>).</summary>
internal enum PeerKind
{
    Unknown = 0,
    Local = 1,
    Remote = 2,
}

/// <summary>The kinds of metrics (<c>proxy_metric_type_t</c>).</summary>
internal enum MetricKind
{
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}
