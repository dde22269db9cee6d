namespace Coffer.ProxyWasm;

/// <summary>The versions of the proxy-wasm ABI, by the markers that modules export.</summary>
public enum AbiVersion
{
    /// <summary>0.1.0.</summary>
    Version010,
    /// <summary>0.2.0.</summary>
    Version020,
    /// <summary>0.2.1.</summary>
    Version021,
}
