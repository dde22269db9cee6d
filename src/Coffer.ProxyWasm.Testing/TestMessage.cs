using System.Globalization;
using System.Text;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>A request or a response, as it comes to a filter or goes on behind it. Immutable.</summary>
public sealed record TestMessage
{
    /// <summary>The headers, pseudo headers (<c>:path</c>, <c>:status</c>) among them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body in the pieces in which it comes; none for a message without one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Body { get; init; } = [];

    /// <summary>The trailers; none for a message without.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers { get; init; } = [];

    /// <summary>The body as one text of UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString([.. Body.SelectMany(piece => piece.ToArray())]);

    /// <summary>The value of a header, several joined by commas; null when it is not there.</summary>
    public string? this[string name] => new HeaderList(Headers).Find(name);

    /// <summary>A request with the pseudo headers that every request has.</summary>
    public static TestMessage Request(string method, string path, params (string Name, string Value)[] headers) => new()
    {
        Headers = [new(":method", method), new(":path", path), new(":authority", "test.example"), new(":scheme", "https"), .. Pairs(headers)],
    };

    /// <summary>A request for a path.</summary>
    public static TestMessage Get(string path, params (string Name, string Value)[] headers) => Request("GET", path, headers);

    /// <summary>A response.</summary>
    public static TestMessage Response(int status, params (string Name, string Value)[] headers) => new()
    {
        Headers = [new(":status", status.ToString(CultureInfo.InvariantCulture)), .. Pairs(headers)],
    };

    /// <summary>The same with a body, in the pieces in which it comes.</summary>
    public TestMessage WithBody(params string[] pieces) => this with { Body = [.. pieces.Select(piece => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(piece))] };

    /// <summary>The same with trailers.</summary>
    public TestMessage WithTrailers(params (string Name, string Value)[] trailers) => this with { Trailers = [.. Pairs(trailers)] };

    internal bool HasBody => Trailers.Count > 0 || Body.Any(piece => piece.Length > 0);

    private static IEnumerable<KeyValuePair<string, string>> Pairs((string Name, string Value)[] pairs) =>
        pairs.Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value));
}

/// <summary>What became of a request that was taken through a filter as a whole. Immutable.</summary>
/// <param name="Upstream">The request as the upstream gets it; null when it does not get there.</param>
/// <param name="Response">The response as the client gets it; null when the stream ends without one.</param>
public sealed record TestExchange(TestMessage? Upstream, TestMessage? Response);
