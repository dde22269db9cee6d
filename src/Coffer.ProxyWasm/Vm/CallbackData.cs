using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Vm;

/// <summary>What a filter can read in the running callback and in no other.</summary>
internal sealed class CallbackData
{
    /// <summary>The configuration of the VM or of the plugin.</summary>
    public ReadOnlyMemory<byte>? Configuration { get; set; }

    /// <summary>The body of a response or a message.</summary>
    public byte[]? Body { get; set; }

    /// <summary>The kind of <see cref="Body"/>.</summary>
    public BufferKind BodyKind { get; set; }

    /// <summary>The first map.</summary>
    public HeaderMap? Headers { get; set; }

    /// <summary>The kind of <see cref="Headers"/>.</summary>
    public MapKind HeadersKind { get; set; }

    /// <summary>The second map, for <see cref="MapKind.HttpCallResponseTrailers"/>.</summary>
    public HeaderMap? Trailers { get; set; }

    /// <summary>What <c>proxy_get_status</c> says.</summary>
    public int Status { get; set; }

    /// <summary>The words to <see cref="Status"/>.</summary>
    public string StatusMessage { get; set; } = "";

    public HeaderMap? Map(MapKind kind) =>
        kind == MapKind.HttpCallResponseTrailers ? Trailers : kind == HeadersKind ? Headers : null;

    public void Clear()
    {
        Body = null;
        Headers = Trailers = null;
    }
}
