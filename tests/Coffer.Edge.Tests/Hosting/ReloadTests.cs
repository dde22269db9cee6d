using Coffer.Edge.Configuration;

namespace Coffer.Edge.Tests.Hosting;

public sealed class ReloadTests
{
    private const string Head = "Content-Type: text/plain\n\n";

    private static string Configuration(string apps) => $$"""{ "listeners": [{ "address": "127.0.0.1:0" }], "apps": { {{apps}} } }""";

    [Fact]
    public async Task Reload_ModuleChanged_IsServed()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "one"));
        Assert.Equal("one", await edge.Client.GetStringAsync("/"));
        edge.Write("app.wasm", Programs.Printing(Head + "two"));
        await edge.Server.ReloadAsync();
        Assert.Equal("two", await edge.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_UnderLoad_NoRequestFails()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "v0"));
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var answered = 0;
            while (!end.IsCancellationRequested)
            {
                Assert.StartsWith("v", await edge.Client.GetStringAsync("/"), StringComparison.Ordinal);
                answered++;
            }

            return answered;
        })).ToList();
        for (var version = 1; version <= 10; version++)
        {
            edge.Write("app.wasm", Programs.Printing($"{Head}v{version}"));
            await edge.Server.ReloadAsync();
            Assert.Equal($"v{version}", await edge.Client.GetStringAsync("/"));
        }

        await end.CancelAsync();
        Assert.All(await Task.WhenAll(load), count => Assert.True(count > 0));
    }

    [Theory]
    [InlineData("\"app\": { \"module\": \"bad.wasm\", \"routes\": [\"/\"] }", "coffer.json:1:65: apps.app: ")]
    [InlineData("\"app\": { \"module\": \"absent.wasm\", \"routes\": [\"/\"] }", "the module cannot be read")]
    [InlineData("\"app\": { \"module\": \"app.wasm\", \"routes\": [\"nothing\"] }", "is no route")]
    [InlineData("\"app\": { \"module\": \"app.wasm\", \"routes\": [\"/\", \"/\"] }", "two routes /")]
    [InlineData("\"app\": { \"module\": \"app.wasm\", \"routes\": [\"/\"], \"limits\": { \"time\": 3 } }", "apps.app.limits.time")]
    [InlineData("\"app\": { \"module\": \"app.wasm\", \"routes\": [\"/\"], \"grants\": { \"directories\": [\"\"] } }", "apps.app.grants.directories[0]")]
    [InlineData("\"app\": { \"module\": \"app.wasm\", \"routes\": [\"/\"], \"filters\": [\"none\"] }", "there is no filter \"none\"")]
    [InlineData("\"APP\": { \"module\": \"app.wasm\", \"routes\": [\"/\"] }", "small letters")]
    [InlineData("\"app\": { \"module\": \"reactor.wat\", \"routes\": [\"/\"] }", "is no handler of requests")]
    public async Task Reload_Bad_RefusedWithItsPlaceAndTheOldStays(string apps, string message)
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "old"));
        edge.Write("bad.wasm", "not a module");
        edge.Write("reactor.wat", "(module (func (export \"f\")))");
        edge.Write("coffer.json", Configuration(apps));
        var exception = await Assert.ThrowsAsync<ConfigurationException>(edge.Server.ReloadAsync);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("coffer.json", exception.Message, StringComparison.Ordinal);
        Assert.Equal("old", await edge.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_AppIsGone_404()
    {
        await using var edge = await TestEdge.StartAsync(
            Configuration("\"a\": { \"module\": \"a.wat\", \"routes\": [\"/a\"] }, \"b\": { \"module\": \"a.wat\", \"routes\": [\"/b\"] }"), ("a.wat", Programs.Printing(Head + "a")));
        Assert.Equal("a", await edge.Client.GetStringAsync("/b"));
        edge.Write("coffer.json", Configuration("\"a\": { \"module\": \"a.wat\", \"routes\": [\"/a\"] }"));
        await edge.Server.ReloadAsync();
        Assert.Equal("a", await edge.Client.GetStringAsync("/a"));
        using var response = await edge.Client.GetAsync("/b");
        Assert.Equal(404, (int)response.StatusCode);
        Assert.DoesNotContain(edge.Server.Apps.All, app => app.Name == "b");
    }

    [Fact]
    public async Task Warm_Zero_IsCompiledByTheFirstRequest()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "late"), "\"warm\": 0");
        var app = edge.Server.Apps.All.Single();
        Assert.False(app.Current!.IsLoaded);
        Assert.Equal("late", await edge.Client.GetStringAsync("/"));
        Assert.True(app.Current.IsLoaded);
        Assert.Equal(1, app.Statistics.Loads);
        app.Current.Unload();
        Assert.Equal("late", await edge.Client.GetStringAsync("/"));
        Assert.Equal(2, app.Statistics.Loads);
    }

    [Fact]
    public async Task Warm_Zero_ThatCannotBeCompiled_503()
    {
        await using var edge = await TestEdge.OfAppAsync("(module (broken", "\"warm\": 0");
        using var response = await edge.Client.GetAsync("/");
        Assert.Equal(503, (int)response.StatusCode);
        await edge.Log.WaitForAsync("app.wasm cannot be loaded");
    }

    [Fact]
    public async Task Idle_AppThatIsNotKeptWarm_IsForgotten()
    {
        await using var edge = await TestEdge.OfAppAsync(Programs.Printing(Head + "x"), "\"warm\": 0");
        Assert.Equal("x", await edge.Client.GetStringAsync("/"));
        var version = edge.Server.Apps.All.Single().Current!;
        await using var patient = new Coffer.Edge.Apps.IdleApps(edge.Server.Apps, TimeSpan.FromHours(1), TimeProvider.System);
        patient.Forget();
        Assert.True(version.IsLoaded);
        await using var impatient = new Coffer.Edge.Apps.IdleApps(edge.Server.Apps, TimeSpan.FromMilliseconds(4), new Microsoft.Extensions.Time.Testing.FakeTimeProvider());
        await Task.Delay(5);
        await Until.TrueAsync(() =>
        {
            impatient.Forget();
            return !version.IsLoaded;
        }, "an idle app stays compiled");
        Assert.Equal("x", await edge.Client.GetStringAsync("/"));
    }
}
