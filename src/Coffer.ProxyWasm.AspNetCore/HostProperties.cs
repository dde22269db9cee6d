using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>The properties that the host itself has, beside those of a request: <c>node.id</c>, or metadata of a route.</summary>
public sealed class HostProperties
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Values by paths with dots.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Values that depend on the request; null to have none.</summary>
    public Func<HttpContext, string, string?>? OfRequest { get; init; }

    internal string? Find(string path, HttpContext context) =>
        Values.TryGetValue(path, out var value) ? value : OfRequest?.Invoke(context, path);
}
