using Coffer.ProxyWasm.Abi;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Vm;

/// <summary>What a filter can do with a stream: an HTTP request with its response, or a TCP connection.</summary>
internal abstract class FilterStream
{
    /// <summary>A map, or null when there is none now.</summary>
    public abstract HeaderMap? Map(MapKind kind);

    /// <summary>A buffer, or null when there is none now.</summary>
    public abstract BodyBuffer? Buffer(BufferKind kind);

    /// <summary>Continues what was paused; false when the stream has nothing of the kind.</summary>
    public abstract bool Continue(StreamKind kind);

    /// <summary>Closes or resets; false when the stream has nothing of the kind.</summary>
    public abstract bool Close(StreamKind kind);

    /// <summary>Answers instead of the upstream; false when that is not possible any more.</summary>
    public abstract bool TryRespond(LocalResponse response);

    /// <summary>What the host says of the stream.</summary>
    public abstract StreamProperties Properties { get; }

    /// <summary>The VM has failed: nothing that it paused will be continued.</summary>
    public abstract void Fail();
}
