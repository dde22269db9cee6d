namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>Where a request was sent to, for filters that are shown its response.</summary>
internal sealed record UpstreamFeature(Uri Address);
