using System.Globalization;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.FilterTesting;

/// <summary>What a test expects of its filter; what is not said is not looked at. Immutable.</summary>
internal sealed record Expectation
{
    private int? Status { get; init; }

    private string? Body { get; init; }

    private bool? ReachesUpstream { get; init; }

    private string? UpstreamBody { get; init; }

    private IReadOnlyList<(string Name, string? Value)> Headers { get; init; } = [];

    private IReadOnlyList<(string Name, string? Value)> UpstreamHeaders { get; init; } = [];

    private IReadOnlyList<string> Logs { get; init; } = [];

    public static Expectation Read(JsonValue value)
    {
        value.Only("status", "headers", "body", "upstream", "logs");
        var upstream = value["upstream"];
        var isFlag = upstream is { IsFlag: true };
        if (!isFlag) upstream?.Only("headers", "body");
        return new Expectation
        {
            Status = value["status"]?.Number(100, 999),
            Body = value["body"]?.Text,
            Headers = Wanted(value["headers"]),
            ReachesUpstream = upstream is null ? null : isFlag ? upstream.Flag : true,
            UpstreamHeaders = isFlag ? [] : Wanted(upstream?["headers"]),
            UpstreamBody = isFlag ? null : upstream?["body"]?.Text,
            Logs = [.. (value["logs"]?.Items ?? []).Select(item => item.Text)],
        };
    }

    /// <summary>What is not as it was expected, one line each.</summary>
    public IEnumerable<string> Compare(TestOutcome outcome)
    {
        var status = int.Parse(outcome.Response.Find(":status") ?? "0", CultureInfo.InvariantCulture);
        if (Status is { } wanted && wanted != status) yield return $"the status is {status}, not {wanted}";
        if (Body is not null && Body != outcome.ResponseBody) yield return $"the body of the response is \"{outcome.ResponseBody}\", not \"{Body}\"";
        if (ReachesUpstream is { } reaches && reaches != outcome.ReachedUpstream) yield return reaches ? "the request does not reach the upstream" : "the request reaches the upstream";
        foreach (var line in Compare("the response", Headers, outcome.Response.Find)) yield return line;
        foreach (var line in Compare("the request", UpstreamHeaders, outcome.Request.Find)) yield return line;
        if (UpstreamBody is not null && UpstreamBody != outcome.RequestBody) yield return $"the body of the request is \"{outcome.RequestBody}\", not \"{UpstreamBody}\"";
        foreach (var text in Logs)
        {
            if (!outcome.Logs.Any(log => log.Contains(text, StringComparison.Ordinal))) yield return $"nothing was logged with \"{text}\" in it";
        }
    }

    private static IEnumerable<string> Compare(string where, IReadOnlyList<(string Name, string? Value)> wanted, Func<string, string?> find)
    {
        foreach (var (name, value) in wanted)
        {
            var actual = find(name);
            if (actual != value) yield return $"{where} has {name}: {actual ?? "(nothing)"}, not {value ?? "(nothing)"}";
        }
    }

    // null is for what must not be there.
    private static (string, string?)[] Wanted(JsonValue? value) =>
        [.. (value?.Members ?? []).Select(member => (member.Name, member.Value.IsNull ? null : member.Value.Text))];
}
