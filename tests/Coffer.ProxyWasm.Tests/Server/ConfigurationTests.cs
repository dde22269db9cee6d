using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Edge.Configuration;
using Coffer.Server.Proxy.Configuration;
using Json.Schema;

namespace Coffer.ProxyWasm.Tests.Server;

/// <summary>What a configuration may say, and what is said of one that is wrong.</summary>
public sealed class ConfigurationTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromText(File.ReadAllText(DocumentationTests.Locate("schemas", "proxy.schema.json")));

    private const string Minimal = """{ "listeners": [ { "address": "127.0.0.1:80" } ] }""";

    [Theory]
    [InlineData(Minimal)]
    [InlineData("""{ "listeners": [ { "address": "[::1]:443", "tls": { "certificate": "a", "key": "b" }, "protocols": "http1+2" } ], "accessLog": "-", "admin": { "address": "127.0.0.1:1" }, "properties": { "node.id": "x" } }""")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80", "tcp": "c", "filters": ["f"] } ], "clusters": { "c": { "destinations": ["http://a:1", "https://b"], "loadBalancing": "first", "http2": true, "filters": ["f"] } }, "filters": { "f": { "module": "m" } } }""")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "clusters": { "c": { "destinations": ["http://a:1"] } }, "routes": [ { "name": "r", "hosts": ["h"], "prefix": "/a", "methods": ["GET"], "cluster": "c", "timeout": "1s", "metadata": { "a": "b" } } ] }""")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "filters": { "f": { "module": "m", "rootId": "r", "vmId": "v", "configuration": { "any": [1] }, "vmConfiguration": "t", "environment": { "A": "b" }, "workers": 2, "memory": "1MiB", "deadline": "1s", "startDeadline": "2s", "failure": "reload", "backoff": "1ms", "bufferLimit": 100, "pauseLimit": "1m", "continuesBody": true, "upstreams": [], "maximumCalls": 1, "logLevel": "warn" } } }""")]
    public void Sample_ThatTheReaderTakes_IsValid(string json)
    {
        Read(json);
        Assert.True(IsValid(json));
    }

    [Theory]
    [InlineData("""{ "listeners": [] }""", "1:1: there is no listener")]
    [InlineData("""{ "listeners": 5 }""", "1:16: listeners: this is a list: [ … ]")]
    [InlineData("""{ "listener": [] }""", "1:15: listener: there is no \"listener\" here; there are $schema, listeners, routes, clusters, filters, admin, accessLog, properties")]
    [InlineData("""{ "listeners": [ { } ] }""", "1:18: listeners[0]: \"address\" is missing")]
    [InlineData("""{ "listeners": [ { "address": "localhost" } ] }""", "1:31: listeners[0].address: this is an address and a port: 127.0.0.1:8080, [::]:8080")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80", "address": "127.0.0.1:81" } ] }""", "1:47: \"address\" is said twice")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80", "protocols": "http3" } ] }""", "1:60: listeners[0].protocols: this is one of http1+2, http1, http2")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80", "filters": ["f"] } ] }""", "1:18: listeners[0]: there is no filter \"f\"; there are none")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "routes": [ { "cluster": "c" } ] }""", "1:63: routes[0]: there is no cluster \"c\"; there are none")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "clusters": { "c": { "destinations": ["a:1"] } } }""", "1:89: clusters.c.destinations[0]: this is an address: http://host:port")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "filters": { "f": { "module": "m", "deadline": "5" } } }""", "1:98: filters.f.deadline: ")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "filters": { "f": { "module": "m", "workers": 0 } } }""", "1:97: filters.f.workers: this is a number from 1 to 1024")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ], "filters": { "f": { "module": "m", "failure": "maybe" } } }""", "1:97: filters.f.failure: this is one of closed, open, reload")]
    [InlineData("""{ "listeners": [ { "address": "127.0.0.1:80" } ] """, "1:50: this is not JSON: ")]
    public void Sample_ThatIsWrong_IsRefusedWithItsPlace(string json, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => Read(json));
        Assert.StartsWith("proxy.json:" + message, exception.Message);
    }

    [Fact]
    public void Schema_HasEveryKeyThatTheReaderTakes()
    {
        // What the reader says of a key that is none is its list of those there are.
        var properties = JsonNode.Parse(File.ReadAllText(DocumentationTests.Locate("schemas", "proxy.schema.json")))!["properties"]!;
        AssertSame(properties, """{ "odd": 1 }""");
        AssertSame(properties["listeners"]!["items"]!["properties"]!, """{ "listeners": [ { "odd": 1 } ] }""");
        AssertSame(properties["routes"]!["items"]!["properties"]!, """{ "listeners": [ { "address": "127.0.0.1:80" } ], "routes": [ { "odd": 1 } ] }""");
        AssertSame(properties["clusters"]!["additionalProperties"]!["properties"]!, """{ "listeners": [ { "address": "127.0.0.1:80" } ], "clusters": { "c": { "odd": 1 } } }""");
        AssertSame(properties["filters"]!["additionalProperties"]!["properties"]!, """{ "listeners": [ { "address": "127.0.0.1:80" } ], "filters": { "f": { "module": "m", "odd": 1 } } }""");
    }

    private static void AssertSame(JsonNode properties, string json)
    {
        const string Mark = "there are ";
        var message = Assert.Throws<ConfigurationException>(() => Read(json)).Message;
        var listed = message[(message.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Split(", ");
        Assert.Equal(listed.Order(), properties.AsObject().Select(property => property.Key).Order());
    }

    private static void Read(string json) => ProxyConfigurationReader.Read(Encoding.UTF8.GetBytes(json), "proxy.json");

    private static bool IsValid(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Schema.Evaluate(document.RootElement).IsValid;
    }
}
