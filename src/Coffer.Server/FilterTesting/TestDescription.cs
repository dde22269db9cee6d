using System.Globalization;
using System.Text;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.Streams;
using Coffer.ProxyWasm.Testing;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.FilterTesting;

/// <summary>What a connection carries. Immutable.</summary>
/// <param name="Client">What the client sends, in pieces.</param>
/// <param name="Upstream">What the upstream sends, in pieces.</param>
internal sealed record DescribedConnection(IReadOnlyList<string> Client, IReadOnlyList<string> Upstream);

/// <summary>What a filter is tested with: a request and what the upstream answers, or a connection; and what is expected. Immutable.</summary>
internal sealed record TestDescription
{
    public required FilterOptions Options { get; init; }

    public required TestMessage Request { get; init; }

    public required TestMessage Response { get; init; }

    /// <summary>The connection that takes the place of the request; null for a request.</summary>
    public DescribedConnection? Connection { get; init; }

    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>What upstreams answer that the filter calls, by their names.</summary>
    public required IReadOnlyDictionary<string, TestMessage> Upstreams { get; init; }

    /// <summary>What is put into queues that the filter has registered, before the request.</summary>
    public required IReadOnlyList<(string Queue, IReadOnlyList<string> Items)> Queues { get; init; }

    /// <summary>How far the clock goes on between the start of the filter and the request.</summary>
    public TimeSpan TimeBefore { get; init; }

    /// <summary>How far it goes on after the response.</summary>
    public TimeSpan TimeAfter { get; init; }

    /// <summary>Where something stands that only filters of proxy-wasm have; null where nothing does.</summary>
    public JsonValue? OnlyForFilters { get; init; }

    public Expectation? Expected { get; init; }

    /// <exception cref="ConfigurationException">It is no description.</exception>
    public static TestDescription Read(byte[] content, string name)
    {
        var root = JsonText.Read(content, name)
            .Only("$schema", "filter", "request", "response", "tcp", "properties", "upstreams", "queues", "time", "expect");
        var request = root["request"]?.Only("method", "path", "authority", "scheme", "headers", "body", "trailers");
        var time = root["time"]?.Only("before", "after");
        var tcp = root["tcp"]?.Only("client", "upstream");
        if (tcp is not null && (request ?? root["response"]) is { } both) throw both.Error("there is a connection (tcp), so there is no request with a response");
        var upstreams = (root["upstreams"]?.Members ?? []).ToDictionary(member => member.Name, member => ReadResponse(member.Value));
        var options = root["filter"] is { } filter ? FilterConfigurationReader.ReadOptions(filter, "test") : new FilterOptions { Name = "test" };
        return new TestDescription
        {
            Options = options with { Workers = 1, Upstreams = upstreams.Keys.ToHashSet() },
            Request = ReadMessage(
                request, (":authority", request?["authority"]?.Text ?? "test.example"), (":path", request?["path"]?.Text ?? "/"),
                (":method", request?["method"]?.Text ?? "GET"), (":scheme", request?["scheme"]?.Text ?? "https")),
            Response = ReadResponse(root["response"]),
            Connection = tcp is null ? null : new DescribedConnection(Pieces(tcp["client"]), Pieces(tcp["upstream"])),
            Properties = ProxyConfigurationReader.Texts(root["properties"]),
            Upstreams = upstreams,
            Queues = [.. (root["queues"]?.Members ?? []).Select(member => (member.Name, Pieces(member.Value)))],
            TimeBefore = time?["before"]?.Duration ?? default,
            TimeAfter = time?["after"]?.Duration ?? default,
            OnlyForFilters = tcp ?? time ?? root["queues"] ?? root["upstreams"] ?? root["properties"],
            Expected = root["expect"] is { } expect ? Expectation.Read(expect, isConnection: tcp is not null) : null,
        };
    }

    private static TestMessage ReadResponse(JsonValue? value)
    {
        value?.Only("status", "headers", "body", "trailers");
        return ReadMessage(value, (":status", (value?["status"]?.Number(100, 999) ?? 200).ToString(CultureInfo.InvariantCulture)));
    }

    private static TestMessage ReadMessage(JsonValue? value, params ReadOnlySpan<(string Name, string Value)> first)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, text) in first) headers.Add(new(name, text));
        headers.AddRange(Headers(value?["headers"]));
        var pieces = Pieces(value?["body"]).Where(piece => piece.Length > 0).Select(piece => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(piece));
        return new TestMessage { Headers = headers, Body = [.. pieces], Trailers = [.. Headers(value?["trailers"])] };
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(JsonValue? value)
    {
        foreach (var (name, item) in value?.Members ?? [])
        {
            if (!HeaderMap.IsName(name)) throw item.Error($"\"{name}\" is no name of a header");
            foreach (var text in item.IsString ? [item.Text] : item.Items.Select(one => one.Text)) yield return new(name, text);
        }
    }

    private static IReadOnlyList<string> Pieces(JsonValue? value) =>
        value is null ? [] : value.IsString ? [value.Text] : [.. value.Items.Select(item => item.Text)];
}
