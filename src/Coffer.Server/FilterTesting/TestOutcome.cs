using Coffer.ProxyWasm.Streams;

namespace Coffer.Server.FilterTesting;

/// <summary>What became of a request that was described.</summary>
internal sealed record TestOutcome
{
    /// <summary>The headers of the request behind the filter.</summary>
    public required HeaderList Request { get; init; }

    public required string RequestBody { get; init; }

    /// <summary>Whether the filter let the request go on.</summary>
    public required bool ReachedUpstream { get; init; }

    public required HeaderList Response { get; init; }

    public required string ResponseBody { get; init; }

    /// <summary>Whether the filter ended the stream without an answer.</summary>
    public required bool IsReset { get; init; }

    public required IReadOnlyList<string> Logs { get; init; }

    /// <summary>The calls to upstreams, as lines.</summary>
    public required IReadOnlyList<string> Calls { get; init; }
}
