namespace Coffer.ProxyWasm.HttpWasm;

/// <summary>What a handler can ask for, by the bits of the ABI.</summary>
[Flags]
internal enum HttpWasmFeatures
{
    None = 0,
    /// <summary>The body of the request can be read and goes on even so.</summary>
    BufferRequest = 1,
    /// <summary>The response waits until the handler has seen it.</summary>
    BufferResponse = 2,
    /// <summary>There are trailers.</summary>
    Trailers = 4,
    All = BufferRequest | BufferResponse | Trailers,
}
