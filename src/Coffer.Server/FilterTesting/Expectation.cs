using System.Globalization;
using Coffer.Edge.Configuration;
using Coffer.ProxyWasm.Testing;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.FilterTesting;

/// <summary>What a test expects of its filter; what is not said is not looked at. Immutable.</summary>
internal sealed record Expectation
{
    private int? Status { get; init; }

    private string? Body { get; init; }

    private bool? ReachesUpstream { get; init; }

    private string? UpstreamBody { get; init; }

    /// <summary>What the two ends of a connection get.</summary>
    private (string? Upstream, string? Client) Sent { get; init; }

    private bool? IsClosed { get; init; }

    private IReadOnlyList<(string Name, string? Value)> Headers { get; init; } = [];

    private IReadOnlyList<(string Name, string? Value)> Trailers { get; init; } = [];

    private IReadOnlyList<(string Name, string? Value)> UpstreamHeaders { get; init; } = [];

    private IReadOnlyList<(string Name, string? Value)> UpstreamTrailers { get; init; } = [];

    private IReadOnlyList<(string Name, string? Value)> Data { get; init; } = [];

    private IReadOnlyList<(string Name, int Value)> Metrics { get; init; } = [];

    private IReadOnlyList<string> Calls { get; init; } = [];

    private IReadOnlyList<string> Logs { get; init; } = [];

    public static Expectation Read(JsonValue value, bool isConnection)
    {
        var common = isConnection ? ReadConnection(value) : ReadExchange(value);
        return common with
        {
            Data = Wanted(value["data"]),
            Metrics = [.. (value["metrics"]?.Members ?? []).Select(member => (member.Name, member.Value.Number(int.MinValue, int.MaxValue)))],
            Calls = [.. (value["calls"]?.Items ?? []).Select(item => item.Text)],
            Logs = [.. (value["logs"]?.Items ?? []).Select(item => item.Text)],
        };
    }

    private static Expectation ReadConnection(JsonValue value)
    {
        value.Only("upstream", "client", "closed", "data", "metrics", "calls", "logs");
        return new Expectation { Sent = (value["upstream"]?.Text, value["client"]?.Text), IsClosed = value["closed"]?.Flag };
    }

    private static Expectation ReadExchange(JsonValue value)
    {
        value.Only("status", "headers", "body", "trailers", "upstream", "data", "metrics", "calls", "logs");
        var upstream = value["upstream"];
        var isFlag = upstream is { IsFlag: true };
        if (!isFlag) upstream?.Only("headers", "body", "trailers");
        return new Expectation
        {
            Status = value["status"]?.Number(100, 999),
            Body = value["body"]?.Text,
            Headers = Wanted(value["headers"]),
            Trailers = Wanted(value["trailers"]),
            ReachesUpstream = upstream is null ? null : isFlag ? upstream.Flag : true,
            UpstreamHeaders = isFlag ? [] : Wanted(upstream?["headers"]),
            UpstreamTrailers = isFlag ? [] : Wanted(upstream?["trailers"]),
            UpstreamBody = isFlag ? null : upstream?["body"]?.Text,
        };
    }

    /// <summary>What is not as it was expected, one line each.</summary>
    public IEnumerable<string> Compare(TestOutcome outcome)
    {
        var ends = outcome.Connection is { } connection ? Compare(connection) : Compare(outcome.Exchange!);
        return [.. ends, .. CompareHost(outcome)];
    }

    private IEnumerable<string> Compare(ConnectionOutcome outcome)
    {
        if (Sent.Upstream is { } upstream && upstream != outcome.Upstream) yield return $"the upstream gets \"{outcome.Upstream}\", not \"{upstream}\"";
        if (Sent.Client is { } client && client != outcome.Client) yield return $"the client gets \"{outcome.Client}\", not \"{client}\"";
        if (IsClosed is { } closed && closed != outcome.IsClosed) yield return closed ? "the filter does not close the connection" : "the filter closes the connection";
    }

    private IEnumerable<string> Compare(TestExchange outcome)
    {
        var (request, response) = (outcome.Upstream, outcome.Response ?? new TestMessage());
        var status = int.Parse(response[":status"] ?? "0", CultureInfo.InvariantCulture);
        if (Status is { } wanted && wanted != status) yield return $"the status is {status}, not {wanted}";
        if (Body is not null && Body != response.Text) yield return $"the body of the response is \"{response.Text}\", not \"{Body}\"";
        if (ReachesUpstream is { } reaches && reaches != request is not null) yield return reaches ? "the request does not reach the upstream" : "the request reaches the upstream";
        foreach (var line in Compare("the response", Headers, name => response[name])) yield return line;
        foreach (var line in Compare("the trailers of the response", Trailers, name => Find(response.Trailers, name))) yield return line;
        if (request is null) yield break;
        foreach (var line in Compare("the request", UpstreamHeaders, name => request[name])) yield return line;
        foreach (var line in Compare("the trailers of the request", UpstreamTrailers, name => Find(request.Trailers, name))) yield return line;
        if (UpstreamBody is not null && UpstreamBody != request.Text) yield return $"the body of the request is \"{request.Text}\", not \"{UpstreamBody}\"";
    }

    private IEnumerable<string> CompareHost(TestOutcome outcome)
    {
        var host = outcome.Host;
        foreach (var line in Compare("the shared data", Data, key => host.FindData(outcome.VmId, key))) yield return line;
        foreach (var (name, value) in Metrics)
        {
            if (host.Metrics.Find(name) is var actual && actual != value) yield return $"the metric {name} is {actual?.ToString(CultureInfo.InvariantCulture) ?? "not defined"}, not {value}";
        }

        foreach (var text in Calls)
        {
            if (!host.Upstreams.Calls.Any(call => call.ToString().Contains(text, StringComparison.Ordinal))) yield return $"no call has \"{text}\" in it";
        }

        foreach (var text in Logs)
        {
            if (!host.Logs.Any(log => log.Text.Contains(text, StringComparison.Ordinal))) yield return $"nothing was logged with \"{text}\" in it";
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

    private static string? Find(IReadOnlyList<KeyValuePair<string, string>> trailers, string name) => new TestMessage { Headers = trailers }[name];

    // null is for what must not be there.
    private static (string, string?)[] Wanted(JsonValue? value) =>
        [.. (value?.Members ?? []).Select(member => (member.Name, member.Value.IsNull ? null : member.Value.Text))];
}
