using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Json.Schema;

namespace Coffer.Cli.Tests;

/// <summary>The schema says what the lists of grants and settings say, and takes what the parser takes.</summary>
public sealed class SchemaTests
{
    private static readonly string Text = File.ReadAllText(DocumentationTests.Locate("schemas", "coffer.schema.json"));
    private static readonly JsonNode Properties = JsonNode.Parse(Text)!["properties"]!;
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);

    [Fact]
    public void Grants_AreThoseOfTheList_WithTheirDescriptions() => AssertSame(
        "grants", GrantSyntax.All.Select(row => (row.ManifestKey, $"{row.Description}: {row.Form}")));

    [Fact]
    public void Settings_AreThoseOfTheLists_WithTheirDescriptions()
    {
        AssertSame("limits", Limits.Syntax.Select(row => (row.ManifestKey, row.Description)));
        AssertSame("quotas", Quotas.Syntax.Select(row => (row.ManifestKey, row.Description)));
        AssertSame("audit", AuditSettings.Syntax.Select(row => (row.ManifestKey, row.Description)));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{ "module": "a.wasm", "grants": { "directories": ["a::/a:ro"], "arguments": ["x", 3], "clocks": [] } }""")]
    [InlineData("""{ "limits": { "memory": "64MiB", "fuel": 1000, "timeout": "1.5s", "stack": 65536 } }""")]
    [InlineData("""{ "quotas": { "handles": 10, "outputBytes": "10KiB", "files": "unlimited", "sentBytes": 5 } }""")]
    [InlineData("""{ "audit": { "file": "-", "strict": true, "quietDenials": false } }""")]
    public void Sample_ThatTheParserTakes_IsValid(string json)
    {
        Manifest.Parse(json);
        Assert.True(IsValid(json));
        Assert.True(IsValid(Manifest.Parse(json).ToString()));
    }

    [Theory]
    [InlineData("""{ "grant": {} }""")]
    [InlineData("""{ "grants": { "directory": [] } }""")]
    [InlineData("""{ "grants": { "directories": "a" } }""")]
    [InlineData("""{ "grants": { "directories": [{}] } }""")]
    [InlineData("""{ "limits": { "fuel": -1 } }""")]
    [InlineData("""{ "limits": { "fuel": "10MiB" } }""")]
    [InlineData("""{ "limits": { "timeout": 5 } }""")]
    [InlineData("""{ "limits": { "timeout": "5" } }""")]
    [InlineData("""{ "quotas": { "handles": "unlimited" } }""")]
    [InlineData("""{ "audit": { "strict": "yes" } }""")]
    public void Sample_ThatTheParserRefuses_IsInvalid(string json)
    {
        Assert.Throws<ManifestException>(() => Manifest.Parse(json));
        Assert.False(IsValid(json));
    }

    private static bool IsValid(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Schema.Evaluate(document.RootElement).IsValid;
    }

    private static void AssertSame(string section, IEnumerable<(string Key, string Description)> rows) => Assert.Equal(
        rows, Properties[section]!["properties"]!.AsObject().Select(row => (row.Key, (string)row.Value!["description"]!)));
}
