namespace Coffer.Edge.Tests.Isolation;

/// <summary>What one program for Fastly is given and keeps, no other finds, whatever the names.</summary>
public sealed class FastlyIsolationTests
{
    private static string Manifest(string name) => $"""
        [local_server.config_stores.settings]
        format = "inline-toml"
        contents = {"{"} key = "CONFIG-{name}" {"}"}
        [[local_server.secret_stores.secrets]]
        key = "token"
        data = "SECRET-{name}"
        [[local_server.kv_stores.things]]
        key = "seed"
        data = "SEED-{name}"
        """;

    // The last has a key-value store of the same name, and nothing else of the others.
    private static readonly (string Name, object Content)[] Files =
    [
        ("app.wat", StoresProgram.Looking), ("one.toml", Manifest("ONE")), ("two.toml", Manifest("TWO")),
        ("three.toml", "[[local_server.kv_stores.things]]\nkey = \"seed\"\ndata = \"SEED-THREE\""),
    ];

    private const string Configuration = """
        { "listeners": [{ "address": "127.0.0.1:0" }],
          "apps": {
            "one": { "module": "app.wat", "routes": ["/one"], "fastlyManifest": "one.toml" },
            "two": { "module": "app.wat", "routes": ["/two"], "fastlyManifest": "two.toml" },
            "three": { "module": "app.wat", "routes": ["/three"], "fastlyManifest": "three.toml" },
            "none": { "module": "app.wat", "routes": ["/none"] } } }
        """;

    [Theory]
    [InlineData("")]
    [InlineData(", \"stores\": { \"file\": \"stores.db\" } }")]
    public async Task Stores_CacheAndCounters_AreThoseOfTheApp(string stores)
    {
        await using var edge = await TestEdge.StartAsync(stores.Length == 0 ? Configuration : Configuration.TrimEnd()[..^1] + stores, Files);
        Assert.Equal("config=CONFIG-ONE;secret=SECRET-ONE;kv=;cache=;rate=0", await edge.Client.GetStringAsync("/one"));
        Assert.Equal("config=CONFIG-ONE;secret=SECRET-ONE;kv=CONFIG-ONE;cache=CONFIG-ONE;rate=1", await edge.Client.GetStringAsync("/one"));
        // The same module, the same names: what the first has left is not there.
        Assert.Equal("config=CONFIG-TWO;secret=SECRET-TWO;kv=;cache=;rate=0", await edge.Client.GetStringAsync("/two"));
        for (var i = 0; i < 3; i++) Assert.Equal("config=;secret=;kv=;cache=;rate=0", await edge.Client.GetStringAsync("/three"));
        for (var i = 0; i < 3; i++) Assert.Equal("config=;secret=;kv=;cache=;rate=0", await edge.Client.GetStringAsync("/none"));
        Assert.Equal("config=CONFIG-TWO;secret=SECRET-TWO;kv=CONFIG-TWO;cache=CONFIG-TWO;rate=1", await edge.Client.GetStringAsync("/two"));
        Assert.Equal("config=CONFIG-ONE;secret=SECRET-ONE;kv=CONFIG-ONE;cache=CONFIG-ONE;rate=2", await edge.Client.GetStringAsync("/one"));
    }

    [Fact]
    public async Task ManyAtATime_EachSeesItsOwn()
    {
        await using var edge = await TestEdge.StartAsync(Configuration, Files);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async index =>
        {
            var app = new[] { "one", "two", "three" }[index % 3];
            var answer = await edge.Client.GetStringAsync($"/{app}");
            foreach (var other in new[] { "ONE", "TWO", "THREE" }.Where(name => !name.Equals(app, StringComparison.OrdinalIgnoreCase)))
                Assert.DoesNotContain(other, answer, StringComparison.Ordinal);
        }));
    }

    // An app that takes the route and the name of one that is gone finds what the name has, which is the operator's choice, and no more: a new
    // manifest counts at once.
    [Fact]
    public async Task Reload_ANewManifestWithoutTheStores_TakesThemAway()
    {
        await using var edge = await TestEdge.StartAsync(Configuration, Files);
        Assert.StartsWith("config=CONFIG-ONE;secret=SECRET-ONE;", await edge.Client.GetStringAsync("/one"), StringComparison.Ordinal);
        edge.Write("coffer.json", Configuration.Replace("one.toml", "three.toml", StringComparison.Ordinal));
        await edge.Server.ReloadAsync();
        Assert.StartsWith("config=;secret=;", await edge.Client.GetStringAsync("/one"), StringComparison.Ordinal);
    }
}
