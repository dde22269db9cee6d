using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Manifests;
using Microsoft.Extensions.Configuration.Memory;

namespace Coffer.Capabilities.Tests.Manifests;

public sealed class ManifestTests
{
    private const string Sample =
        """
        {
          // What the program may touch.
          "$schema": "coffer.schema.json",
          "module": "app.wasm",
          "grants": {
            "directories": ["data::/data:ro", "::/tmp:memory,max=1MiB"],
            "environment": ["MODE=test"],
            "arguments": ["-n", 3],
            "clocks": [],
          },
          "limits": { "memory": "64MiB", "fuel": 1000, "timeout": "1.5s", "stack": 65536 },
          "quotas": { "handles": 10, "outputBytes": "10KiB", "files": "unlimited" },
          "audit": { "file": "audit.jsonl", "strict": true },
        }
        """;

    [Fact]
    public void Parse_EverySection_IsWhatIsSaid()
    {
        var manifest = Manifest.Parse(Sample);

        Assert.Equal("app.wasm", manifest.Module);
        Assert.Equal(
            new CapabilitySet(
                new DirectoryGrant("data", "/data") { Access = DirectoryAccess.Read },
                new DirectoryGrant("", "/tmp") { Source = DirectorySource.Memory, MaximumBytes = 1 << 20 },
                new EnvironmentGrant("MODE", "test"),
                new ArgumentGrant("-n"),
                new ArgumentGrant("3")),
            manifest.Capabilities);
        Assert.Equal(
            new Limits { MemoryBytes = 64 << 20, Fuel = 1000, Timeout = TimeSpan.FromSeconds(1.5), StackBytes = 65536 },
            manifest.Limits);
        Assert.Equal(new Quotas { Handles = 10, OutputBytes = 10240 }, manifest.Quotas);
        Assert.Equal(new AuditSettings { File = "audit.jsonl", IsStrict = true }, manifest.Audit);
    }

    [Fact]
    public void Parse_Nothing_GrantsNothing()
    {
        var manifest = Manifest.Parse("{}");

        Assert.Equal(CapabilitySet.Empty, manifest.Capabilities);
        Assert.Equal(new Manifest(), manifest);
    }

    [Theory]
    [InlineData("", "x:1:1: this is not JSON")]
    [InlineData("{\n\n  \"limits\" }", "x:3:12: this is not JSON")]
    [InlineData("{} {}", "x:1:4: this is not JSON")]
    [InlineData("[]", "x:1:1: a manifest is an object")]
    [InlineData("{\n  \"grant\": {}\n}", "x:2:3: there is no \"grant\"; there are $schema, module, grants")]
    [InlineData("{\"grants\": {\n\"directory\": []}}", "x:2:1: there is no \"grants.directory\"; there are directories, files")]
    [InlineData("{\"grants\": {\n  \"directories\": \"a\"}}", "x:2:18: \"grants.directories\" is a list")]
    [InlineData("{\"grants\": {\n  \"directories\": [\"a\",\n {}]}}", "x:3:2: \"grants.directories[1]\" is a text")]
    [InlineData("{\"grants\": {\"clocks\": [\"wall\",\n  \"sundial\"]}}", "x:2:3: grants.clocks[1]: \"sundial\" is no clock")]
    [InlineData("{\"grants\": {\"clocks\": [\"wall\",\n  \"wall=2026-01-01T00:00:00Z\"]}}", "x:2:3: grants.clocks[1]: the clock wall is granted twice, otherwise at x:1:24: \"wall\"")]
    [InlineData("{\"grants\": {\"environment\": [\"ü=1\",\"ü=2\"]}}", "x:1:35: grants.environment[1]: the variable ü is granted twice")]
    [InlineData("{\"grants\": null}", "x:1:12: \"grants\" is an object")]
    [InlineData("{\"limits\": {\"fuel\": true}}", "x:1:21: \"limits.fuel\" is a text or a number")]
    [InlineData("{\"limits\": {\"fuel\": -1}}", "x:1:21: limits.fuel: \"-1\" is no number")]
    [InlineData("{\"limits\": {\"fuel\": 1e3}}", "x:1:21: limits.fuel: \"1e3\" is no number")]
    [InlineData("{\"limits\": {\"timeout\": 5}}", "x:1:24: \"limits.timeout\" is a text")]
    [InlineData("{\"limits\": {\"timeout\": \"5\"}}", "x:1:24: limits.timeout: \"5\" is no time; write")]
    [InlineData("{\"quotas\": {\"handles\": 4294967296}}", "x:1:24: quotas.handles: \"4294967296\" is no number")]
    [InlineData("{\"quotas\": {\"handles\": \"unlimited\"}}", "x:1:24: quotas.handles: \"unlimited\" is no number")]
    [InlineData("{\"quotas\": {\"sockets\": 1}}", "x:1:13: there is no \"quotas.sockets\"; there are handles, outputBytes")]
    [InlineData("{\"audit\": {\"strict\": \"yes\"}}", "x:1:22: \"audit.strict\" is true or false")]
    [InlineData("{\"module\": 1}", "x:1:12: \"module\" is a text")]
    [InlineData("{\"module\": \"a\", \"module\": \"b\"}", "x:1:17: \"module\" is said twice")]
    public void Parse_Wrong_SaysWhereAndWhatWouldBeRight(string json, string expected)
    {
        var exception = Assert.Throws<ManifestException>(() => Manifest.Parse(json, "x"));
        Assert.StartsWith(expected, exception.Message);
    }

    [Fact]
    public void Parse_Deep_IsAnError() =>
        Assert.Throws<ManifestException>(() => Manifest.Parse("{\"grants\":" + new string('[', 100_000)));

    [Fact]
    public void Parse_Overrides_TheLastHasTheLastWord()
    {
        var manifest = Manifest.Parse(
            Sample,
            "x",
            Source(("LIMITS:fuel", "5"), ("grants:directories:0", "other::/data"), ("grants:arguments:2", "more")),
            Source(("limits:fuel", "6"), ("TESTDATA", "not ours")));

        Assert.Equal(6, manifest.Limits.Fuel);
        Assert.Equal("other", manifest.Capabilities.Grants.OfType<DirectoryGrant>().First().HostPath);
        Assert.Equal(["-n", "3", "more"], manifest.Capabilities.Grants.OfType<ArgumentGrant>().Select(grant => grant.Value));
    }

    [Theory]
    [InlineData("limits:feul", "5", "limits.feul: there is no such key; there are memory, fuel")]
    [InlineData("limits:fuel", "many", "limits.fuel: \"many\" is no number")]
    [InlineData("grants:directory:0", "a", "grants.directory: there is no such key")]
    [InlineData("grants:directories", "a", "grants.directories: this is a list")]
    [InlineData("grants:clocks:0:x", "a", "grants.clocks[0]: this is a text")]
    [InlineData("grants:directories:0", "::", "grants.directories[0]: ")]
    public void Parse_WrongOverride_SaysThatTheTextIsNotToBlame(string key, string value, string expected)
    {
        var exception = Assert.Throws<ManifestException>(() => Manifest.Parse(Sample, "x", Source((key, value))));
        Assert.StartsWith("what overrides the manifest: " + expected, exception.Message);
    }

    [Fact]
    public void StartingAt_RelativePathsOfTheHost_StartThere()
    {
        var manifest = Manifest.Parse(
            """
            { "module": "a.wasm", "grants": { "directories": ["d::/d", "/abs", "::/m:memory"], "files": ["f::/f"] },
              "audit": { "file": "log" } }
            """).StartingAt("conf");

        Assert.Equal("conf/a.wasm", manifest.Module);
        Assert.Equal("conf/log", manifest.Audit.File);
        Assert.Equal(
            ["conf/d::/d", "/abs", "::/m:memory", "conf/f::/f"], manifest.Capabilities.Grants.Select(grant => grant.ToString()));
        Assert.Equal("-", (manifest with { Audit = new AuditSettings { File = "-" } }).StartingAt("x").Audit.File);
    }

    [Fact]
    public void Override_TakesThePlaceOfWhatItContradicts()
    {
        var set = new CapabilitySet(
            new ClockGrant(GuestClock.Wall), new ClockGrant(GuestClock.Monotonic), new EnvironmentGrant("A", "1"));
        var seeded = new ClockGrant(GuestClock.Wall) { Start = DateTimeOffset.UnixEpoch };

        Assert.Equal(
            new CapabilitySet(seeded, new ClockGrant(GuestClock.Monotonic), new EnvironmentGrant("A", "2")),
            set.Override(seeded, new EnvironmentGrant("A", "2")));
    }

    private static MemoryConfigurationSource Source(params (string Key, string? Value)[] values) =>
        new() { InitialData = values.Select(value => new KeyValuePair<string, string?>(value.Key, value.Value)) };
}
