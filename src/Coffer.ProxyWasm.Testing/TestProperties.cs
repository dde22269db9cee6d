using System.Text;
using Coffer.ProxyWasm.Streams;

namespace Coffer.ProxyWasm.Testing;

/// <summary>The properties of a stream under test: those that the test has set, and those that follow from the request.</summary>
internal sealed class TestProperties(IReadOnlyDictionary<string, byte[]> values, HeaderMap? request) : StreamProperties
{
    protected override byte[]? Find(string path)
    {
        const string Header = "request.headers.";
        if (values.TryGetValue(path, out var value)) return value;
        if (request is null) return null;
        if (path.StartsWith(Header, StringComparison.Ordinal)) return Text(request.Find(path[Header.Length..]));
        return path switch
        {
            "request.path" => Text(request.Find(":path")),
            "request.url_path" => Text(request.Find(":path")?.Split('?', 2)[0]),
            "request.method" => Text(request.Find(":method")),
            "request.host" => Text(request.Find(":authority")),
            "request.scheme" => Text(request.Find(":scheme")),
            "request.protocol" => Text("HTTP/1.1"),
            "source.address" => Text("192.0.2.1:1234"),
            _ => null,
        };
    }

    /// <summary>What a filter or a test has set, as text.</summary>
    public string? Read(string path) => Get(path) is { } value ? Encoding.UTF8.GetString(value) : null;
}
