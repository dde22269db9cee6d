using System.Globalization;
using Coffer.Opa.Values;

namespace Coffer.Opa.Decisions;

/// <summary>A decision as it is logged, with the names of the fields that Open Policy Agent gives them. Immutable.</summary>
public sealed record DecisionEvent
{
    /// <summary>What tells this decision from all others.</summary>
    public required string DecisionId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The path that was asked for, such as <c>example/allow</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The input; null when there was none.</summary>
    public RegoValue? Input { get; init; }

    /// <summary>The value; null when it is undefined, or the evaluation failed.</summary>
    public RegoValue? Result { get; init; }

    /// <summary>Why the evaluation failed; null when it did not.</summary>
    public string? Error { get; init; }

    /// <summary>Who asked, such as an address.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>The number of the request within its server.</summary>
    public long? RequestId { get; init; }

    /// <summary>The trace that the decision is part of (W3C); null for none.</summary>
    public string? TraceId { get; init; }

    /// <summary>What the log is of, such as an application and a version.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The revisions of the bundles, by name.</summary>
    public IReadOnlyDictionary<string, string> Bundles { get; init; } = new Dictionary<string, string>();

    /// <summary>How long what took, in nanoseconds.</summary>
    public IReadOnlyDictionary<string, long> Metrics { get; init; } = new Dictionary<string, long>();

    /// <summary>The paths that masks removed.</summary>
    public IReadOnlyList<string> Erased { get; init; } = [];

    /// <summary>The paths that masks put something else in the place of.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    /// <summary>The event as an object of JSON, without what it does not have.</summary>
    public RegoObject ToObject() =>
        new(Fields().Where(field => field.Value is not null)
            .Select(field => KeyValuePair.Create((RegoValue)field.Name, field.Value!)));

    private IEnumerable<(string Name, RegoValue? Value)> Fields() =>
    [
        ("labels", Texts(Labels)),
        ("decision_id", DecisionId),
        ("bundles", Bundles.Count == 0
            ? null
            : new RegoObject(Bundles.Select(bundle => Pair(bundle.Key, new RegoObject(Pair("revision", bundle.Value)))))),
        ("path", Path),
        ("input", Input),
        ("result", Result),
        ("requested_by", RequestedBy is null ? null : new RegoString(RequestedBy)),
        ("error", Error is null ? null : new RegoObject(Pair("message", Error))),
        ("req_id", RequestId is { } id ? RegoNumber.Of(id) : null),
        ("trace_id", TraceId is null ? null : new RegoString(TraceId)),
        ("timestamp", Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)),
        ("metrics", Metrics.Count == 0 ? null : new RegoObject(Metrics.Select(metric => Pair(metric.Key, metric.Value)))),
        ("erased", List(Erased)),
        ("masked", List(Masked)),
    ];

    private static KeyValuePair<RegoValue, RegoValue> Pair(string key, RegoValue value) => new(key, value);

    private static RegoObject Texts(IReadOnlyDictionary<string, string> texts) =>
        new(texts.Select(text => Pair(text.Key, text.Value)));

    private static RegoArray? List(IReadOnlyList<string> paths) =>
        paths.Count == 0 ? null : new RegoArray(paths.Select(path => new RegoString(path)));
}
