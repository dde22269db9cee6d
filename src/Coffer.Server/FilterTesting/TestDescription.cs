using System.Globalization;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.Streams;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.FilterTesting;

/// <summary>What a filter is tested with: a request, what the upstream answers, and what is expected. Immutable.</summary>
internal sealed record TestDescription
{
    public required FilterOptions Options { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> RequestHeaders { get; init; }

    /// <summary>The body of the request, in the pieces in which it comes.</summary>
    public required IReadOnlyList<string> RequestBody { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; }

    public required IReadOnlyList<string> ResponseBody { get; init; }

    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary>What upstreams answer that the filter calls, by their names.</summary>
    public required IReadOnlyDictionary<string, (IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)> Upstreams { get; init; }

    public Expectation? Expected { get; init; }

    /// <exception cref="ConfigurationException">It is no description.</exception>
    public static TestDescription Read(byte[] content, string name)
    {
        var root = JsonText.Read(content, name).Only("$schema", "filter", "request", "response", "properties", "upstreams", "expect");
        var request = root["request"]?.Only("method", "path", "authority", "scheme", "headers", "body");
        var response = root["response"]?.Only("status", "headers", "body");
        var upstreams = (root["upstreams"]?.Members ?? []).ToDictionary(member => member.Name, member =>
        {
            member.Value.Only("status", "headers", "body");
            return (Headers(member.Value, (":status", Status(member.Value))), member.Value["body"]?.Text ?? "");
        });
        var options = root["filter"] is { } filter ? ProxyConfigurationReader.ReadOptions(filter, "test") : new FilterOptions { Name = "test" };
        return new TestDescription
        {
            Options = options with { Workers = 1, Upstreams = upstreams.Keys.ToHashSet() },
            RequestHeaders = Headers(
                request, (":authority", request?["authority"]?.Text ?? "test.example"), (":path", request?["path"]?.Text ?? "/"),
                (":method", request?["method"]?.Text ?? "GET"), (":scheme", request?["scheme"]?.Text ?? "https")),
            RequestBody = Pieces(request?["body"]),
            ResponseHeaders = Headers(response, (":status", Status(response))),
            ResponseBody = Pieces(response?["body"]),
            Properties = ProxyConfigurationReader.Texts(root["properties"]),
            Upstreams = upstreams,
            Expected = root["expect"] is { } expect ? Expectation.Read(expect) : null,
        };
    }

    internal static IReadOnlyList<KeyValuePair<string, string>> Headers(JsonValue? value, params ReadOnlySpan<(string Name, string Value)> first)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, text) in first) headers.Add(new(name, text));
        foreach (var (name, item) in value?["headers"]?.Members ?? [])
        {
            if (!HeaderMap.IsName(name)) throw item.Error($"\"{name}\" is no name of a header");
            headers.AddRange(item.IsString ? [new(name, item.Text)] : item.Items.Select(one => new KeyValuePair<string, string>(name, one.Text)));
        }

        return headers;
    }

    private static string Status(JsonValue? value) => (value?["status"]?.Number(100, 999) ?? 200).ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> Pieces(JsonValue? value) =>
        value is null ? [] : value.IsString ? [value.Text] : [.. value.Items.Select(item => item.Text)];
}
